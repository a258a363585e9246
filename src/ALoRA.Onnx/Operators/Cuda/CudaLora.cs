using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the operators of one GPU share. Any thread.</summary>
internal sealed class CudaLora
{
    private readonly LoraKernels _half;
    private readonly LoraKernels _brain;
    private readonly Lazy<StepKernels> _halfSteps;
    private readonly Lazy<StepKernels> _brainSteps;

    /// <summary>Loads the kernels of the adapter. Those of products are loaded and tested when they are asked for.</summary>
    public CudaLora(CudaDevice device)
        : this(device, device.Load(KernelText.Read()), type => device.Load(KernelText.Read(withProducts: true, only: type)))
    {
        CudaSelfTest.RunBranches(device, this);
    }

    /// <summary>Takes kernels that are loaded.</summary>
    public CudaLora(CudaDevice device, KernelModule adapters, Func<TensorElementType, KernelModule> products)
    {
        _half = new LoraKernels(adapters, TensorElementType.Float16);
        _brain = new LoraKernels(adapters, TensorElementType.BFloat16);
        Streams = new StreamTable<SideStream>(() => new SideStream(device.Driver));
        _halfSteps = new Lazy<StepKernels>(() => Make(TensorElementType.Float16, _half));
        _brainSteps = new Lazy<StepKernels>(() => Make(TensorElementType.BFloat16, _brain));

        StepKernels Make(TensorElementType type, LoraKernels kernels)
        {
            KernelModule module = products(type);
            StepKernels steps = new(new ProductKernels(module, type), new AttentionKernels(module, type));
            CudaSelfTest.RunProducts(device, type, kernels, steps.Products);
            CudaSelfTest.RunAttention(type, steps.Attention);
            return steps;
        }
    }

    /// <summary>Streams beside those of ONNX Runtime.</summary>
    public StreamTable<SideStream> Streams { get; }

    /// <summary>The adapter's kernels for a type.</summary>
    public LoraKernels KernelsOf(TensorElementType type) => type == TensorElementType.BFloat16 ? _brain : _half;

    /// <summary>The products of a type.</summary>
    /// <exception cref="CudaException">They do not compile, or compute wrong numbers.</exception>
    public ProductKernels ProductsOf(TensorElementType type) => StepsOf(type).Products;

    /// <summary>The attention of a type.</summary>
    /// <exception cref="CudaException">It does not compile, or computes wrong numbers.</exception>
    public AttentionKernels AttentionOf(TensorElementType type) => StepsOf(type).Attention;

    private StepKernels StepsOf(TensorElementType type) =>
        (type == TensorElementType.BFloat16 ? _brainSteps : _halfSteps).Value;

    private sealed record StepKernels(ProductKernels Products, AttentionKernels Attention);
}
