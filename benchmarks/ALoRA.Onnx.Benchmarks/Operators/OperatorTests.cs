using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>The kernels on a GPU beside plain loops in double precision.</summary>
internal static class OperatorTests
{
    /// <summary>Prints a line for each kind of case; the number of kinds that are wrong.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="lora">The kernels.</param>
    /// <param name="onlyBlocks">Whether only products of weights in 4 and 8 bits are run.</param>
    public static int Run(CudaDevice device, CudaLora lora, bool onlyBlocks)
    {
        int failed = 0;
        foreach (TensorElementType type in (TensorElementType[])[TensorElementType.Float16, TensorElementType.BFloat16])
        {
            using LoraCaseRun run = new(device, lora.KernelsOf(type), lora.ProductsOf(type));
            (int Width, int[] Parts)[] shapes =
            [
                (576, [72, 24, 24]), (1000, [56, 56]), (64, [40]), (264, [24, 8, 16, 40]), (8, [8, 8]), (1056, [40, 40]), (512, [48, 48]),
                (72, [2320, 2320]),
            ];
            foreach ((int width, int[] parts) in shapes)
            {
                double branch = 0;
                double product = 0;
                double swiGlu = 0;
                double norm = 0;
                double blocks = 0;
                int cases = 0;
                foreach (int rank in (int[])[8, 16, 24, 32, 40, 48, 56, 64])
                {
                    foreach (int rows in (int[])[1, 2, 3, 8, 9, 16, 17, 32, 33, 70])
                    {
                        if (rows > 33 && rank % 32 != 0)
                        {
                            continue;
                        }

                        foreach (int kind in (int[])[0, 1, 2])
                        {
                            if (onlyBlocks && (width % 32 != 0 || rank is not (8 or 32)))
                            {
                                continue;
                            }

                            LoraCase test = Case(type, width, parts, rank, rows, kind);
                            if (onlyBlocks)
                            {
                                blocks = Math.Max(blocks, Blocks(run, test, withZeros: kind > 0, parts.Length == 2 && rank == 8));
                                cases++;
                                continue;
                            }

                            branch = Math.Max(branch, run.Branch(test));
                            if (rank is 8 or 32)
                            {
                                product = Math.Max(product, run.Product(test, withAdapter: kind > 0, withResidual: kind < 2));
                                product = Math.Max(
                                    product, run.Product(test, withAdapter: true, withResidual: kind < 2, isAhead: true));
                                norm = Math.Max(norm, run.Norm(test));
                                blocks = width % 32 == 0
                                    ? Math.Max(blocks, Blocks(run, test, withZeros: kind > 0, parts.Length == 2 && rank == 8))
                                    : blocks;
                                swiGlu = parts.Length != 2 ? swiGlu
                                    : Math.Max(swiGlu, Math.Max(run.Gates(test), run.SwiGlu(test, withAdapter: kind > 0)));
                            }

                            cases++;
                        }
                    }
                }

                double worst = Math.Max(blocks, Math.Max(Math.Max(norm, branch), Math.Max(product, swiGlu)));
                bool isRight = worst <= CudaSelfTest.Tolerance(type);
                failed += isRight ? 0 : 1;
                Console.WriteLine(
                    FormattableString.Invariant(
                        $"{(isRight ? "ok    " : "WRONG ")} {type} in {width}, parts {string.Join("+", parts)}, {cases} cases: ")
                    + FormattableString.Invariant(
                        $"branch {branch:e1}, product {product:e1}, SwiGLU {swiGlu:e1}, norm {norm:e1}, 4 and 8 bits {blocks:e1}"));
            }
        }

        return onlyBlocks ? failed : failed + Attention(lora);
    }

    private static double Blocks(LoraCaseRun run, LoraCase test, bool withZeros, bool isSwiGlu) => Math.Max(
        run.Blocks(test, ProductForm.NibbleBits, withZeros, isSwiGlu), run.Blocks(test, ProductForm.ByteBits, withZeros, isSwiGlu));

    private static int Attention(CudaLora lora)
    {
        int failed = 0;
        foreach (TensorElementType type in (TensorElementType[])[TensorElementType.Float16, TensorElementType.BFloat16])
        {
            foreach (int size in (int[])[64, 128])
            {
                double worst = 0;
                int cases = 0;
                foreach ((int heads, int keyValueHeads) in ((int, int)[])[(2, 2), (8, 2), (9, 3), (16, 1)])
                {
                    foreach (int rows in (int[])[1, 2, 8, 15, 16, 17, 32, 64])
                    {
                        foreach (int[] past in (int[][])[[0], [1], [15], [16, 64], [65, 0, 300], [130, 131, 1, 2, 3, 4]])
                        {
                            AttentionCase test = new(type, size, heads, keyValueHeads, rows, past);
                            double one = test.Run(lora.AttentionOf(type));
                            worst = Math.Max(worst, double.IsNaN(one) ? double.PositiveInfinity : one);
                            cases++;
                        }
                    }

                    foreach ((int rows, int branchesPast) in ((int, int)[])[(1, 0), (3, 64), (8, 300), (17, 15), (64, 200), (130, 333)])
                    {
                        double one = new AttentionCase(type, size, heads, keyValueHeads, rows, [branchesPast], branches: 3)
                            .Run(lora.AttentionOf(type));
                        worst = Math.Max(worst, double.IsNaN(one) ? double.PositiveInfinity : one);
                        cases++;
                    }
                }

                bool isRight = worst <= CudaSelfTest.Tolerance(type);
                failed += isRight ? 0 : 1;
                Console.WriteLine(FormattableString.Invariant(
                    $"{(isRight ? "ok    " : "WRONG ")} {type} attention, heads of {size}, {cases} cases: {worst:e1}"));
            }
        }

        return failed;
    }

    // Kinds: one slot for all rows; a slot a row; a slot a row, each slot of a rank of its own.
    private static LoraCase Case(TensorElementType type, int width, int[] parts, int rank, int rows, int kind) => new(
        type, width, parts, rank,
        kind == 0 ? [rows % 4 == 3 ? -1 : rows % 3] : [.. Enumerable.Range(0, rows).Select(row => ((row * 7) + (row / 3)) % 5 - 1)],
        rows, kind == 2 ? [rank, 8, Math.Max(5, rank - 8), 3] : null, tableSlots: 4);
}
