using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// Finds out whether a GPU computes what it should, before anybody relies on it: a few rows of the base and of two slots.
/// </summary>
internal static class CudaSelfTest
{
    private const double HalfTolerance = 2e-3;
    private const double BrainTolerance = 1e-2;

    /// <summary>Tests each form of the adapter's kernels.</summary>
    /// <exception cref="CudaException">One gives other numbers than a plain loop.</exception>
    public static void RunBranches(CudaDevice device, CudaLora lora)
    {
        foreach (TensorElementType type in (TensorElementType[])[TensorElementType.Float16, TensorElementType.BFloat16])
        {
            using LoraCaseRun run = new(device, lora.KernelsOf(type), null);
            foreach (LoraCase test in Cases(type).Append(new(type, 8200, [24], 8, [1, -1, .. Enumerable.Repeat(0, 10)], 12, null, 2)))
            {
                Check(test, run.Branch(test));
            }
        }
    }

    /// <summary>Tests each form of the products.</summary>
    /// <exception cref="CudaException">One gives other numbers than a plain loop.</exception>
    public static void RunProducts(CudaDevice device, TensorElementType type, LoraKernels kernels, ProductKernels products)
    {
        using LoraCaseRun run = new(device, kernels, products);
        foreach (LoraCase test in Cases(type))
        {
            Check(test, run.Product(test, withAdapter: true, withResidual: true));
            Check(test, run.Product(test, withAdapter: true, withResidual: true, isAhead: true));
            Check(test, run.SwiGlu(test, withAdapter: true));
            Check(test, run.Gates(test));
            Check(test, run.Norm(test));
            foreach (int bits in (int[])[ProductForm.NibbleBits, ProductForm.ByteBits])
            {
                Check(test, run.Blocks(test, bits, withZeros: test.Rows % 4 == 0, isSwiGlu: test.Rows % 4 == 2));
            }
        }

        // Whole blocks of weights in 4 bits, which few rows read in another way than others.
        LoraCase few = new(type, 512, [32, 32], 16, [-1, 1], rows: 2, ranks: null, tableSlots: 2);
        Check(few, run.Blocks(few, ProductForm.NibbleBits, withZeros: false, isSwiGlu: true));
        Check(few, run.Blocks(few, ProductForm.NibbleBits, withZeros: true, isSwiGlu: false));
    }

    /// <summary>Tests each form of the attention.</summary>
    /// <exception cref="CudaException">One gives other numbers than a plain loop.</exception>
    public static void RunAttention(TensorElementType type, AttentionKernels kernels)
    {
        foreach (AttentionCase test in (AttentionCase[])
        [
            new(type, 64, 4, 2, rows: 1, [0, 90]), new(type, 128, 4, 1, rows: 1, [300]), new(type, 128, 6, 2, rows: 9, [70]),
            new(type, 64, 4, 1, rows: 9, [290]), new(type, 128, 4, 1, rows: 70, [400], branches: 5),
        ])
        {
            double worst = test.Run(kernels);
            if (!(worst <= Tolerance(type)))
            {
                throw new CudaException(
                    $"attention computes wrong numbers on this GPU ({test}, off by {worst:g2}); please report the GPU's name");
            }
        }
    }

    private static IEnumerable<LoraCase> Cases(TensorElementType type) => ((int[])[1, 6, 12, 20, 40]).Select(rows => new LoraCase(
        type, 224, [24, 24], 16, [.. Enumerable.Range(0, rows).Select(row => ((row + 1) % 3) - 1)], rows, ranks: null, tableSlots: 2));


    /// <summary>How far a result may be from what a plain loop gives: a few roundings.</summary>
    public static double Tolerance(TensorElementType type) => type == TensorElementType.BFloat16 ? BrainTolerance : HalfTolerance;

    private static void Check(LoraCase test, double worst)
    {
        if (!(worst <= Tolerance(test.Type)))
        {
            throw new CudaException(
                $"the kernels compute wrong numbers on this GPU ({test.Type}, {test.Rows} rows, off by {worst:g2}); "
                + "please report the GPU's name");
        }
    }
}
