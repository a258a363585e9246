using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// Finds out whether a GPU computes what it should, before anybody relies on it: a few rows of the base and of two slots.
/// </summary>
internal static class CudaSelfTest
{
    private const double HalfTolerance = 2e-3;
    private const double BrainTolerance = 1e-2;

    /// <summary>Tests each form of the kernels.</summary>
    /// <exception cref="CudaException">One gives other numbers than a plain loop.</exception>
    public static void Run(CudaDevice device, CudaLora lora)
    {
        foreach (TensorElementType type in (TensorElementType[])[TensorElementType.Float16, TensorElementType.BFloat16])
        {
            using LoraCaseRun run = new(device, lora.KernelsOf(type));
            foreach (int rows in (int[])[1, 6, 12, 20])
            {
                int[] slots = [.. Enumerable.Range(0, rows).Select(row => ((row + 1) % 3) - 1)];
                LoraCase test = new(type, 200, [24, 24], 16, slots, rows, ranks: null, tableSlots: 2);
                Check(type, rows, run.Branch(test));
                Check(type, rows, run.Product(test, withAdapter: true, withResidual: true));
                Check(type, rows, run.SwiGlu(test, withAdapter: true));
            }
        }
    }

    /// <summary>How far a result may be from what a plain loop gives: a few roundings.</summary>
    public static double Tolerance(TensorElementType type) => type == TensorElementType.BFloat16 ? BrainTolerance : HalfTolerance;

    private static void Check(TensorElementType type, int rows, double worst)
    {
        if (!(worst <= Tolerance(type)))
        {
            throw new CudaException(
                $"the kernels compute wrong numbers on this GPU ({type}, {rows} rows, off by {worst:g2}); please report the GPU's name");
        }
    }
}
