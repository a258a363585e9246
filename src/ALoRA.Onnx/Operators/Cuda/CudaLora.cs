using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the operators of one GPU share. Any thread.</summary>
internal sealed class CudaLora
{
    private readonly LoraKernels _half;
    private readonly LoraKernels _brain;
    private readonly Lazy<(ProductKernels Half, ProductKernels Brain, AttentionKernels HalfAttention, AttentionKernels BrainAttention)> _products;

    /// <summary>Loads the kernels of the adapter. Those of products are loaded and tested when they are asked for.</summary>
    public CudaLora(CudaDevice device)
        : this(device, device.Load(KernelText.Read()), () => device.Load(KernelText.Read(withProducts: true)))
    {
        CudaSelfTest.RunBranches(device, this);
    }

    /// <summary>Takes kernels that are loaded.</summary>
    public CudaLora(CudaDevice device, KernelModule adapters, Func<KernelModule> products)
    {
        _half = new LoraKernels(adapters, TensorElementType.Float16);
        _brain = new LoraKernels(adapters, TensorElementType.BFloat16);
        Streams = new StreamTable<SideStream>(() => new SideStream(device.Driver));
        _products = new Lazy<(ProductKernels, ProductKernels, AttentionKernels, AttentionKernels)>(() =>
        {
            KernelModule module = products();
            ProductKernels half = new(module, TensorElementType.Float16);
            ProductKernels brain = new(module, TensorElementType.BFloat16);
            CudaSelfTest.RunProducts(device, TensorElementType.Float16, _half, half);
            CudaSelfTest.RunProducts(device, TensorElementType.BFloat16, _brain, brain);
            AttentionKernels halfAttention = new(module, TensorElementType.Float16);
            AttentionKernels brainAttention = new(module, TensorElementType.BFloat16);
            CudaSelfTest.RunAttention(TensorElementType.Float16, halfAttention);
            CudaSelfTest.RunAttention(TensorElementType.BFloat16, brainAttention);
            return (half, brain, halfAttention, brainAttention);
        });
    }

    /// <summary>Streams beside those of ONNX Runtime.</summary>
    public StreamTable<SideStream> Streams { get; }

    /// <summary>The adapter's kernels for a type.</summary>
    public LoraKernels KernelsOf(TensorElementType type) => type == TensorElementType.BFloat16 ? _brain : _half;

    /// <summary>The products of a type.</summary>
    /// <exception cref="CudaException">They do not compile, or compute wrong numbers.</exception>
    public ProductKernels ProductsOf(TensorElementType type) =>
        type == TensorElementType.BFloat16 ? _products.Value.Brain : _products.Value.Half;

    /// <summary>The attention of a type.</summary>
    /// <exception cref="CudaException">It does not compile, or computes wrong numbers.</exception>
    public AttentionKernels AttentionOf(TensorElementType type) =>
        type == TensorElementType.BFloat16 ? _products.Value.BrainAttention : _products.Value.HalfAttention;
}
