using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tensors;

/// <summary>The process's memory, outside of the managed heap.</summary>
internal sealed unsafe class HostMemory : TensorMemory
{
    public override bool IsHost => true;

    public override MemoryTensor Allocate(TensorElementType type, params ReadOnlySpan<long> shape) => new NativeTensor(type, shape);

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
