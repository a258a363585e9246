using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Products of a few rows for one type of numbers, and how many blocks each takes. Immutable; any thread.</summary>
internal sealed unsafe class ProductKernels
{
    // Fewer outputs than this give too few blocks for the largest GPUs' 132 multiprocessors, unless more warps share one.
    private const int ManyOutputs = 4608;

    // Of each form: rows of a block, outputs of a block, threads. Product.cu says why there are two threes.
    private static readonly (int Rows, int Outputs, int Threads)[] Forms =
        [(8, 16, 256), (16, 16, 256), (32, 64, 512), (8, 16, 512), (16, 16, 512), (32, 32, 512)];

    // The same of weights in 4 and 8 bits.
    private static readonly (int Rows, int Outputs, int Threads)[] BlockForms =
        [(8, 16, 256), (16, 32, 512), (32, 32, 512), (8, 16, 512), (16, 16, 512), (32, 16, 512)];

    private const int NormThreads = 256;
    private const int GateThreads = 256;

    // Of a row so many times 8 numbers are held by a block of the first form.
    private const int HeldChunks = 2 * NormThreads;

    private readonly CudaDevice _device;
    private readonly bool _canDepend;
    private readonly nint[] _product;
    private readonly nint[] _swiGlu;
    private readonly nint[] _nibbles;
    private readonly nint[] _nibblesSwiGlu;
    private readonly nint[] _bytes;
    private readonly nint[] _bytesSwiGlu;
    private readonly nint[] _norm;
    private readonly nint _gates;
    private readonly FewNibblesKernel _fewNibbles;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">Where.</param>
    /// <param name="type">Float16 or bfloat16.</param>
    public ProductKernels(KernelModule module, TensorElementType type)
    {
        string suffix = KernelModule.SuffixOf(type);
        _device = module.Device;
        _canDepend = module.HasDependentLaunch;
        _product = module.Kernels($"product_{suffix}", 0, 1, 2, 3, 4, 5);
        _swiGlu = module.Kernels($"swiglu_{suffix}", 0, 1, 2, 3, 4, 5);
        _nibbles = module.Kernels($"nibbles_{suffix}", 0, 1, 2, 3, 4, 5);
        _nibblesSwiGlu = module.Kernels($"nibbles_swiglu_{suffix}", 0, 1, 2, 3, 4, 5);
        _bytes = module.Kernels($"bytes_{suffix}", 0, 1, 2, 3, 4, 5);
        _bytesSwiGlu = module.Kernels($"bytes_swiglu_{suffix}", 0, 1, 2, 3, 4, 5);
        _fewNibbles = new FewNibblesKernel(module, $"few_nibbles_{suffix}");
        _norm = module.Kernels($"norm_{suffix}", 0, 1);
        _gates = module.Kernel($"gates_{suffix}");
    }

    /// <summary>Launches y = silu(gate) · up.</summary>
    /// <param name="arguments">What it reads and writes, at least one row.</param>
    /// <param name="stream">Where.</param>
    public void Gates(ref GateArguments arguments, nint stream)
    {
        long chunks = (long)arguments.Rows * arguments.Chunks;
        fixed (GateArguments* place = &arguments)
        {
            _device.Driver.Launch(_gates, (int)((chunks + GateThreads - 1) / GateThreads), 1, GateThreads, stream, _canDepend, place);
        }
    }

    /// <summary>Launches y = x / rms(x) · weight, with h = A·y where there is an adapter.</summary>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="stream">Where.</param>
    /// <param name="dependent">Whether it may start before the kernel in front of it has ended, which then has not written slots.</param>
    public void Norm(ref NormArguments arguments, nint stream, bool dependent)
    {
        int leaders = arguments.SlotStep == 0 ? (arguments.Rows + LoraKernels.RowsOfRank - 1) / LoraKernels.RowsOfRank : arguments.Rows;
        fixed (NormArguments* place = &arguments)
        {
            _device.Driver.Launch(
                _norm[arguments.Chunks <= HeldChunks ? 0 : 1], arguments.Rows + (arguments.TotalRank * leaders), 1, NormThreads, stream,
                dependent && _canDepend, place);
        }
    }

    /// <summary>Launches y = W·x with what follows it.</summary>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="bits">Bits of a number of W: 4, 8 or 16.</param>
    /// <param name="swiGlu">Whether the outputs of W are gates, then as many to be multiplied.</param>
    /// <param name="stream">Where.</param>
    /// <param name="dependent">Whether it may start before the kernel in front of it has ended.</param>
    public void Product(ref ProductArguments arguments, int bits, bool swiGlu, nint stream, bool dependent)
    {
        if (bits == ProductForm.NibbleBits && arguments.Rows <= FewNibblesKernel.MostRows)
        {
            _fewNibbles.Launch(ref arguments, swiGlu, stream, dependent);
            return;
        }

        int outputs = swiGlu ? 2 * arguments.Out : arguments.Out;
        int form = (outputs >= ManyOutputs ? 0 : 3) + (arguments.Rows <= 8 ? 0 : arguments.Rows <= 16 ? 1 : 2);
        (int rowsOfBlock, int outputsOfBlock, int threads) = (bits < ProductForm.FloatBits ? BlockForms : Forms)[form];
        int across = (outputs + outputsOfBlock - 1) / outputsOfBlock;
        int down = (arguments.Rows + rowsOfBlock - 1) / rowsOfBlock;
        nint[] kernels = (bits, swiGlu) switch
        {
            (ProductForm.NibbleBits, true) => _nibblesSwiGlu,
            (ProductForm.NibbleBits, false) => _nibbles,
            (ProductForm.ByteBits, true) => _bytesSwiGlu,
            (ProductForm.ByteBits, false) => _bytes,
            (_, true) => _swiGlu,
            _ => _product,
        };
        fixed (ProductArguments* place = &arguments)
        {
            _device.Driver.Launch(
                kernels[form], across, down, threads, stream, dependent && _canDepend, place);
        }
    }
}
