using System.Runtime.InteropServices;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// A graph input in memory of its own whose shape differs from run to run: it grows as
/// needed and is bound again only when that is necessary. Not thread-safe.
/// </summary>
/// <param name="binding">Where it is bound; not owned.</param>
/// <param name="isReadInPlace">
/// Whether runs read the input's own memory; otherwise ONNX Runtime copies it to the
/// device when it is bound, and edits need <see cref="Publish"/>.
/// </param>
/// <param name="name">Name of the input.</param>
/// <param name="type">Element type.</param>
/// <param name="elementSize">Bytes of an element.</param>
internal sealed class BoundInput(OrtIoBinding binding, bool isReadInPlace, string name, TensorElementType type, int elementSize)
    : IDisposable
{
    private NativeBuffer? _buffer;
    private OrtValue? _value;
    private long[] _shape = [];
    private long _bytes;

    /// <summary>Gives the input a shape. What was written before is kept if the shape is the same, otherwise undefined.</summary>
    public void Resize(params ReadOnlySpan<long> shape)
    {
        if (_value is not null && shape.SequenceEqual(_shape))
        {
            return;
        }

        long bytes = elementSize;
        foreach (long size in shape)
        {
            bytes = checked(bytes * size);
        }

        NativeBuffer? outgrown = null;
        if (_buffer is null || _buffer.Length < bytes)
        {
            outgrown = _buffer;
            _buffer = new NativeBuffer(bytes + (bytes / 4));
        }

        OrtValue value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape.ToArray(), _buffer.Address, bytes);
        if (isReadInPlace)
        {
            binding.BindInput(name, value);
        }

        _value?.Dispose();
        outgrown?.Dispose();
        (_value, _shape, _bytes) = (value, shape.ToArray(), bytes);
    }

    /// <summary>Gives the input a shape of one element, and its value.</summary>
    public void Set(int value, params ReadOnlySpan<long> shape)
    {
        Resize(shape);
        Elements<int>()[0] = value;
    }

    /// <summary>Makes what was written visible to the next run.</summary>
    public void Publish()
    {
        if (!isReadInPlace && _value is not null)
        {
            binding.BindInput(name, _value);
        }
    }

    /// <summary>The elements, to be written before a run; valid until the shape changes.</summary>
    public unsafe Span<T> Elements<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(new Span<byte>((void*)_buffer!.Address, checked((int)_bytes)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _value?.Dispose();
        _buffer?.Dispose();
    }
}
