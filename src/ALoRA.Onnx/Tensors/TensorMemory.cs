using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tensors;

/// <summary>Where the tensors live that graphs read and write in place: the process's memory or a device's. Thread-safe.</summary>
internal abstract class TensorMemory
{
    private const int MostZeros = 1 << 20;

    /// <summary>The process's memory.</summary>
    public static TensorMemory Host { get; } = new HostMemory();

    /// <summary>Whether it is the process's memory: values bound from there are read in place, and can be edited between runs.</summary>
    public abstract bool IsHost { get; }

    /// <summary>A tensor whose elements are not initialized, which the caller disposes.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public abstract MemoryTensor Allocate(TensorElementType type, params ReadOnlySpan<long> shape);

    /// <summary>A tensor at an address of this memory that someone else owns.</summary>
    public abstract MemoryTensor Place(nint address, TensorElementType type, params ReadOnlySpan<long> shape);

    /// <summary>Copies stretches within this memory; they do not overlap.</summary>
    public abstract void Copy(IReadOnlyList<MemoryStretch> stretches);

    /// <summary>Copies stretches from the process's memory into this one.</summary>
    public abstract void Upload(IReadOnlyList<MemoryStretch> stretches);

    /// <summary>Copies stretches from this memory into the process's.</summary>
    public abstract void Download(IReadOnlyList<MemoryStretch> stretches);

    /// <summary>Fills tensors of one size with zeros.</summary>
    public unsafe void Clear(IReadOnlyList<MemoryTensor> tensors)
    {
        if (tensors.Count == 0 || tensors[0].Bytes == 0)
        {
            return;
        }

        MemoryTensor first = tensors[0];
        byte[] zeros = new byte[Math.Min(first.Bytes, MostZeros)];
        fixed (byte* from = zeros)
        {
            Upload([new MemoryStretch((nint)from, first.Address, zeros.Length)]);
        }

        for (long done = zeros.Length; done < first.Bytes; done *= 2)
        {
            Copy([new MemoryStretch(first.Address, (nint)(first.Address + done), Math.Min(done, first.Bytes - done))]);
        }

        if (tensors.Count > 1)
        {
            Copy([.. tensors.Skip(1).Select(tensor => new MemoryStretch(first.Address, tensor.Address, first.Bytes))]);
        }
    }

    /// <summary>A copy of a tensor that lies in the process's memory, which the caller disposes.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public unsafe MemoryTensor Upload(OrtValue host)
    {
        OrtTensorTypeAndShapeInfo info = host.GetTensorTypeAndShape();
        MemoryTensor tensor = Allocate(info.ElementDataType, info.Shape);
        try
        {
            nint from = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(host.GetTensorMutableRawData()));
            Upload([new MemoryStretch(from, tensor.Address, ElementTypes.BytesOf(info.ElementDataType, info.Shape))]);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }
}

/// <summary>The process's memory, outside of the managed heap.</summary>
internal sealed unsafe class HostMemory : TensorMemory
{
    public override bool IsHost => true;

    public override MemoryTensor Allocate(TensorElementType type, params ReadOnlySpan<long> shape) => new NativeTensor(type, shape);

    public override MemoryTensor Place(nint address, TensorElementType type, params ReadOnlySpan<long> shape) =>
        new PlacedTensor(address, type, shape);

    public override void Copy(IReadOnlyList<MemoryStretch> stretches)
    {
        foreach ((nint from, nint to, long bytes) in stretches)
        {
            Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
        }
    }

    public override void Upload(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches);

    public override void Download(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches);
}
