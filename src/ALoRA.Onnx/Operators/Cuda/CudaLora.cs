using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the operators of one GPU share. Immutable; any thread.</summary>
internal sealed class CudaLora
{
    private readonly LoraKernels _half;
    private readonly LoraKernels _brain;

    /// <summary>Finds the kernels of a GPU.</summary>
    public CudaLora(CudaDevice device)
    {
        _half = new LoraKernels(device, TensorElementType.Float16);
        _brain = new LoraKernels(device, TensorElementType.BFloat16);
        Streams = new StreamTable<SideStream>(() => new SideStream(device.Driver));
    }

    /// <summary>Streams beside those of ONNX Runtime.</summary>
    public StreamTable<SideStream> Streams { get; }

    /// <summary>The kernels of a type.</summary>
    public LoraKernels KernelsOf(TensorElementType type) => type == TensorElementType.BFloat16 ? _brain : _half;
}
