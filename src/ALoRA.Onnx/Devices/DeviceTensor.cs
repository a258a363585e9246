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
        long size = Math.Max(Bytes, 1);
        _allocation = OrtValue.CreateAllocatedTensorValue(allocator, TensorElementType.UInt8, [size]);

        // GetTensorSpanMutableRawData takes no larger tensors, and programs with it cannot be compiled ahead of time, as ONNX Runtime was
        // built against an older System.Numerics.Tensors.
        Address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_allocation.GetTensorMutableRawData()));

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
        using CaptureGate.Scope gate = CaptureGate.Enter();
        _allocation.Dispose();
    }
}
