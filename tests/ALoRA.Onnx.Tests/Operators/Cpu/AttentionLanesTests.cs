using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ALoRA.Onnx.Operators.Cpu;
using ALoRA.Onnx.Operators.Cpu.Attention;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

/// <summary>Each width of instructions gives the same bits, where the processor rounds a product and a sum once.</summary>
[TestClass]
public sealed unsafe class AttentionLanesTests
{
    private const int Heads = 6;
    private const int KeyHeads = 2;
    private const int Rows = 5;
    private const int Capacity = 300;

    [TestMethod]
    [DataRow(64, 0, 0f, DisplayName = "heads of 64")]
    [DataRow(33, 50, 0f, DisplayName = "heads of 33, a window")]
    [DataRow(80, 0, 5f, DisplayName = "heads of 80, a soft cap")]
    [DataRow(3, 0, 0f, DisplayName = "heads of 3")]
    public void Run_LanesOfAnyWidth_GivesTheSameBits(int size, int window, float cap)
    {
        if (!Lanes8.IsSupported)
        {
            Assert.Inconclusive("This processor has no AVX2.");
        }

        float[] narrow = Run<Lanes4, Vector128<float>>(size, window, cap);
        CollectionAssert.AreEqual(narrow, Run<Lanes8, Vector256<float>>(size, window, cap));
        if (Lanes16.IsSupported)
        {
            CollectionAssert.AreEqual(narrow, Run<Lanes16, Vector512<float>>(size, window, cap));
        }
    }

    private static float[] Run<TLanes, TVector>(int size, int window, float cap)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        Random random = new(size);
        float[] queries = Numbers(random, Rows * Heads * size), y = new float[Rows * Heads * size];
        float[] keys = Numbers(random, KeyHeads * Capacity * size), values = Numbers(random, KeyHeads * Capacity * size);
        CacheSlot[] slots = [.. Enumerable.Repeat(new CacheSlot { Capacity = Capacity, CommonCapacity = Capacity }, Rows)];
        long[] positions = [.. Enumerable.Range(0, Rows).Select(row => 254L + row)];
        int[] order = [.. Enumerable.Range(0, Rows)];
        byte* scratch = (byte*)NativeMemory.AlignedAlloc((nuint)AttentionJob.BytesOfTask(size), 64);
        fixed (float* q = queries, k = keys, v = values, to = y)
        fixed (CacheSlot* slot = slots)
        fixed (long* position = positions)
        fixed (int* rows = order)
        {
            AttentionJob job = new()
            {
                Queries = q,
                Keys = k,
                Values = v,
                Y = to,
                Slots = slot,
                Positions = position,
                Order = rows,
                Rows = Rows,
                Heads = Heads,
                KeyHeads = KeyHeads,
                Size = size,
                Window = window > 0 ? window : int.MaxValue,
                Scale = 0.3f,
                SoftCap = cap,
                Pieces = 1,
                Scratch = scratch,
            };
            AttentionTasks<TLanes, TVector>.Run(&job, 0);
        }

        NativeMemory.AlignedFree(scratch);
        return y;
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 4) - 2)];
}
