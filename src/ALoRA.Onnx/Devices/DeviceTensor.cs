using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Devices;

/// <summary>A tensor in a device's memory. Its address must not be read from the processor.</summary>
internal sealed unsafe class DeviceTensor : MemoryTensor
{
    private readonly OrtValue _allocation;

    /// <summary>Allocates a tensor without initializing it.</summary>
    /// <exception cref="OnnxRuntimeException">The memory is not available.</exception>
    public DeviceTensor(OrtAllocator allocator, OrtMemoryInfo memory, TensorElementType type, params ReadOnlySpan<long> shape)
    {
        Bytes = ElementTypes.BytesOf(type, shape);

        // A tensor's size in elements is given once more by the view, because the accessor of a value's address refuses those of 2 GiB and more.
        long step = Math.Max(Bytes, 1);
        _allocation = OrtValue.CreateAllocatedTensorValue(allocator, TensorElementType.UInt8, [step]);
        Address = step <= int.MaxValue
            ? (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_allocation.GetTensorMutableRawData()))
            : throw new InsufficientMemoryException($"A single tensor of {step:N0} bytes cannot be allocated on a device. Use a shorter context.");
        Value = OrtValue.CreateTensorValueWithData(memory, type, shape.ToArray(), Address, Bytes);
    }

    /// <inheritdoc/>
    public override OrtValue Value { get; }

    /// <inheritdoc/>
    public override nint Address { get; }

    /// <inheritdoc/>
    public override long Bytes { get; }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Value.Dispose();
        _allocation.Dispose();
    }
}
