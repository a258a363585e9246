using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tensors;

/// <summary>A tensor in memory of its own that is bound to graphs; its address and shape never change.</summary>
internal sealed class NativeTensor : IDisposable
{
    private readonly NativeBuffer _buffer;

    /// <summary>Allocates a tensor without initializing it.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public NativeTensor(TensorElementType type, params ReadOnlySpan<long> shape)
    {
        long length = ElementTypes.SizeOf(type);
        foreach (long size in shape)
        {
            length = checked(length * size);
        }

        _buffer = new NativeBuffer(length);
        Value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape.ToArray(), _buffer.Address, length);
    }

    /// <summary>The view that is bound; owned by this object.</summary>
    public OrtValue Value { get; }

    /// <summary>Address of the first byte.</summary>
    public nint Address => _buffer.Address;

    /// <summary>Size in bytes.</summary>
    public long Bytes => _buffer.Length;

    /// <inheritdoc/>
    public void Dispose()
    {
        Value.Dispose();
        _buffer.Dispose();
    }
}
