using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tensors;

/// <summary>A tensor at a place in memory that someone else owns.</summary>
internal sealed class PlacedTensor : MemoryTensor
{
    /// <summary>Says what lies at an address of the process's memory.</summary>
    public PlacedTensor(nint address, TensorElementType type, params ReadOnlySpan<long> shape)
        : this(OrtMemoryInfo.DefaultInstance, address, type, shape)
    {
    }

    /// <summary>Says what lies at an address of a memory.</summary>
    public PlacedTensor(OrtMemoryInfo memory, nint address, TensorElementType type, params ReadOnlySpan<long> shape)
    {
        Address = address;
        Bytes = ElementTypes.BytesOf(type, shape);
        Value = OrtValue.CreateTensorValueWithData(memory, type, shape.ToArray(), address, Bytes);
    }

    /// <inheritdoc/>
    public override OrtValue Value { get; }

    /// <inheritdoc/>
    public override nint Address { get; }

    /// <inheritdoc/>
    public override long Bytes { get; }

    /// <inheritdoc/>
    public override void Dispose() => Value.Dispose();
}
