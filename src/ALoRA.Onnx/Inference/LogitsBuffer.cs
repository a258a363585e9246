using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference;

/// <summary>The output <c>logits</c> of a run, T <c>[1, n, vocab]</c>, read as float32.</summary>
internal sealed class LogitsBuffer : IDisposable
{
    private readonly NativeTensor _tensor;
    private readonly TensorElementType _type;
    private readonly int _vocabulary;
    private readonly float[] _converted;

    public LogitsBuffer(TensorElementType type, int rows, int vocabulary)
    {
        _type = type;
        _vocabulary = vocabulary;
        Rows = rows;
        _tensor = new NativeTensor(type, 1, rows, vocabulary);
        AsArray = [_tensor.Value];
        _converted = type == TensorElementType.Float ? [] : new float[vocabulary];
    }

    public int Rows { get; }

    /// <summary>What is bound; owned by this object.</summary>
    public OrtValue Value => _tensor.Value;

    /// <summary><see cref="Value"/> as an array of one, for copies.</summary>
    public OrtValue[] AsArray { get; }

    /// <summary>One row, <c>[vocab]</c>; valid until the next call or run.</summary>
    public unsafe ReadOnlySpan<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        byte* start = (byte*)_tensor.Address + ((long)row * _vocabulary * ElementTypes.SizeOf(_type));
        switch (_type)
        {
            case TensorElementType.Float:
                return new ReadOnlySpan<float>(start, _vocabulary);
            case TensorElementType.Float16:
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(start, _vocabulary), _converted);
                return _converted;
            default:
                // A bfloat16 is the upper half of a float32.
                Span<uint> bits = MemoryMarshal.Cast<float, uint>(_converted.AsSpan());
                ReadOnlySpan<ushort> upper = new(start, _vocabulary);
                for (int i = 0; i < upper.Length; i++)
                {
                    bits[i] = (uint)upper[i] << 16;
                }

                return _converted;
        }
    }

    /// <summary>One row as the graph gave it, T <c>[vocab]</c>; valid until the next run.</summary>
    public unsafe Span<byte> RawRow(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        int bytes = _vocabulary * ElementTypes.SizeOf(_type);
        return new Span<byte>((byte*)_tensor.Address + ((long)row * bytes), bytes);
    }

    /// <summary>Copies the last row into the last row of another buffer of the same type and width.</summary>
    public void CopyLastRow(LogitsBuffer target) => RawRow(Rows - 1).CopyTo(target.RawRow(target.Rows - 1));

    /// <inheritdoc/>
    public void Dispose() => _tensor.Dispose();
}
