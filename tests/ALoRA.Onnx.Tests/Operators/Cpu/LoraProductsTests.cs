using System.Runtime.Intrinsics;
using ALoRA.Onnx.Operators.Cpu;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

/// <summary>Each width of instructions, whichever this processor would choose.</summary>
[TestClass]
public sealed unsafe class LoraProductsTests
{
    private static readonly int[] Sizes = [1, 3, 4, 7, 8, 12, 16, 17, 24, 31, 32, 48, 64, 67, 96, 100, 128, 192, 200];

    [TestMethod]
    public void Products_Of128Bits_AreThoseOfPlainLoops() => Check<Lanes4, Vector128<float>>();

    [TestMethod]
    public void Products_Of256Bits_AreThoseOfPlainLoops()
    {
        if (!Lanes8.IsSupported)
        {
            Assert.Inconclusive("This processor has no AVX2.");
        }

        Check<Lanes8, Vector256<float>>();
    }

    [TestMethod]
    public void Products_Of512Bits_AreThoseOfPlainLoops()
    {
        if (!Lanes16.IsSupported)
        {
            Assert.Inconclusive("This processor has no AVX-512.");
        }

        Check<Lanes16, Vector512<float>>();
    }

    private static void Check<TLanes, TVector>()
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        foreach (int rank in Sizes)
        {
            foreach (int size in Sizes)
            {
                Check<SingleElement, TLanes, TVector>(rank, size);
                Check<BrainElement, TLanes, TVector>(rank, size);
            }
        }
    }

    private static void Check<TElement, TLanes, TVector>(int rank, int size)
        where TElement : IElement
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        Random random = new((rank * 1000) + size);
        float[] weights = Numbers(random, rank * size), sums = Numbers(random, 4 * rank);
        float[] wide = Numbers(random, 4 * size), from = Numbers(random, 4 * size);
        byte[] stored = Store(weights, TElement.Size);
        string what = $"{typeof(TElement).Name}, {typeof(TLanes).Name}, rank {rank}, {size} inputs or outputs";
        float[] one = [.. sums], four = [.. sums], y = [.. from], y4 = new float[4 * size];
        fixed (byte* w = stored)
        fixed (float* x = wide, h = sums, f = from, one0 = one, four0 = four, y0 = y, y40 = y4)
        {
            float** rows = stackalloc float*[] { x, x + size, x + (2 * size), x + (3 * size) };
            float** sources = stackalloc float*[] { f, f + size, f + (2 * size), f + (3 * size) };
            float** targets = stackalloc float*[] { y40, y40 + size, y40 + (2 * size), y40 + (3 * size) };
            LoraShrink<TElement, TLanes, TVector>.Four(rows, w, rank, size, four0, rank);
            LoraExpand<TElement, TLanes, TVector>.Four(h, rank, w, size * TElement.Size, rank, size, sources, targets);
            for (int row = 0; row < 4; row++)
            {
                LoraShrink<TElement, TLanes, TVector>.One(rows[row], w, rank, size, one0 + (row * rank));
                float* place = y0 + (row * size);
                LoraExpand<TElement, TLanes, TVector>.One(h + (row * rank), w, size * TElement.Size, rank, size, place, place);
            }
        }

        for (int row = 0; row < 4; row++)
        {
            for (int k = 0; k < rank; k++)
            {
                double sum = sums[(row * rank) + k];
                for (int i = 0; i < size; i++)
                {
                    sum += (double)wide[(row * size) + i] * weights[(i * rank) + k];
                }

                Assert.AreEqual(sum, one[(row * rank) + k], 1e-4, $"{what}: A·x of one row, row {row}, rank {k}");
                Assert.AreEqual(sum, four[(row * rank) + k], 1e-4, $"{what}: A·x of four rows, row {row}, rank {k}");
            }

            for (int output = 0; output < size; output++)
            {
                double sum = from[(row * size) + output];
                for (int k = 0; k < rank; k++)
                {
                    sum += (double)sums[(row * rank) + k] * weights[(k * size) + output];
                }

                Assert.AreEqual(sum, y[(row * size) + output], 1e-4, $"{what}: B·h of one row, row {row}, output {output}");
                Assert.AreEqual(sum, y4[(row * size) + output], 1e-4, $"{what}: B·h of four rows, row {row}, output {output}");
            }
        }
    }

    private static byte[] Store(float[] numbers, int size) =>
        [.. numbers.SelectMany(number => BitConverter.GetBytes(BitConverter.SingleToUInt32Bits(number))[(4 - size)..])];

    // Sixteenths, which bfloat16 holds exactly.
    private static float[] Numbers(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(-16, 17) / 16f)];
}
