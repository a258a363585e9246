using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference;

/// <summary>The output <c>logits</c> of a run, T <c>[1, n, vocab]</c> or T <c>[n, 1, vocab]</c>, read as float32.</summary>
internal sealed class LogitsBuffer : IDisposable
{
    private readonly NativeTensor _tensor;
    private readonly TensorElementType _type;
    private readonly int _vocabulary;
    private readonly float[] _converted;
    private readonly bool _isBatch;

    /// <summary>Allocates.</summary>
    /// <param name="type">Element type of the graph.</param>
    /// <param name="rows">Rows of logits.</param>
    /// <param name="vocabulary">Size of a row.</param>
    /// <param name="isBatch">Whether each row is another sequence's; they can then be read at the same time.</param>
    public LogitsBuffer(TensorElementType type, int rows, int vocabulary, bool isBatch = false)
    {
        _isBatch = isBatch;
        _type = type;
        _vocabulary = vocabulary;
        Rows = rows;
        _tensor = isBatch ? new NativeTensor(type, rows, 1, vocabulary) : new NativeTensor(type, 1, rows, vocabulary);
        AsArray = [_tensor.Value];
        _converted = type == TensorElementType.Float ? [] : new float[(isBatch ? rows : 1) * vocabulary];
    }

    public int Rows { get; }

    /// <summary>What is bound; owned by this object.</summary>
    public OrtValue Value => _tensor.Value;

    /// <summary><see cref="Value"/> as an array of one, for copies.</summary>
    public OrtValue[] AsArray { get; }

    /// <summary>One row, <c>[vocab]</c>; valid until the next run, and where there is one sequence until the next call.</summary>
    public unsafe ReadOnlySpan<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        byte* start = (byte*)_tensor.Address + ((long)row * _vocabulary * ElementTypes.SizeOf(_type));
        if (_type == TensorElementType.Float)
        {
            return new ReadOnlySpan<float>(start, _vocabulary);
        }

        Span<float> converted = _converted.AsSpan(_isBatch ? row * _vocabulary : 0, _vocabulary);
        switch (_type)
        {
            case TensorElementType.Float16:
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(start, _vocabulary), converted);
                return converted;
            default:
                // A bfloat16 is the upper half of a float32.
                Span<uint> bits = MemoryMarshal.Cast<float, uint>(converted);
                ReadOnlySpan<ushort> upper = new(start, _vocabulary);
                for (int i = 0; i < upper.Length; i++)
                {
                    bits[i] = (uint)upper[i] << 16;
                }

                return converted;
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
