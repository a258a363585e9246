using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tensors;

/// <summary>A tensor in the process's memory.</summary>
internal sealed class NativeTensor : MemoryTensor
{
    private readonly NativeBuffer _buffer;

    /// <summary>Allocates a tensor without initializing it.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public NativeTensor(TensorElementType type, params ReadOnlySpan<long> shape)
    {
        long length = ElementTypes.BytesOf(type, shape);
        _buffer = new NativeBuffer(length);
        Value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape.ToArray(), _buffer.Address, length);
    }

    /// <inheritdoc/>
    public override OrtValue Value { get; }

    /// <inheritdoc/>
    public override nint Address => _buffer.Address;

    /// <inheritdoc/>
    public override long Bytes => _buffer.Length;

    /// <inheritdoc/>
    public override void Dispose()
    {
        Value.Dispose();
        _buffer.Dispose();
    }
}
