using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

[TestClass]
public sealed class LoraAddTests
{
    private static readonly TensorElementType[] Types = [TensorElementType.Float, TensorElementType.BFloat16];

    [TestMethod]
    [DataRow(1, DisplayName = "rank 1")]
    [DataRow(5, DisplayName = "rank 5")]
    [DataRow(8, DisplayName = "rank 8")]
    [DataRow(16, DisplayName = "rank 16")]
    [DataRow(19, DisplayName = "rank 19")]
    [DataRow(32, DisplayName = "rank 32")]
    [DataRow(64, DisplayName = "rank 64")]
    [DataRow(130, DisplayName = "rank 130")]
    [DataRow(300, DisplayName = "rank 300")]
    public void Run_AnyRankAndParts_IsWhatFloat64Gives(int rank)
    {
        foreach (long[] parts in (long[][])[[96], [64, 16, 16], [33, 7], [1], [40, 40], [130]])
        {
            foreach (int rows in (int[])[1, 2, 4, 5, 8, 40])
            {
                Check(77, parts, rank, rows, [1]);
            }
        }
    }

    [TestMethod]
    public void Run_OneTo300RowsOfMixedSlots_IsWhatFloat64Gives()
    {
        foreach (int rows in (int[])[1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 64, 100, 257, 300])
        {
            Check(130, [48, 24], 16, rows, [.. Enumerable.Range(0, rows).Select(row => (row * 7 % 4) - 1)]);
            Check(64, [160], 8, rows, [.. Enumerable.Range(0, rows).Select(row => row < rows / 2 ? -1 : 2)]);
        }
    }

    [TestMethod]
    public void Run_SizesOfModels_IsWhatFloat64Gives()
    {
        Check(576, [576, 192, 192], 32, 1, [2]);
        Check(1536, [576], 32, 8, [0, 1, 2, -1, 0, 1, 2, 0]);
        Check(576, [1536, 1536], 32, 50, [1]);
    }

    [TestMethod]
    public void Run_EachSlotAtItsOwnRank_ReadsNothingBehindIt()
    {
        foreach (TensorElementType type in Types)
        {
            foreach (int rows in (int[])[1, 6, 9, 60])
            {
                int[] slots = [.. Enumerable.Range(0, rows).Select(row => (row % 5) - 1)];
                using LoraCase lora = new(type, 90, [48, 20], 16, rows, slots, slotCount: 4, ranks: [16, 8, 0, 3]);
                // A number that is none gives itself away wherever it is read.
                int width = 2 * 16;
                for (int slot = 0; slot < 4; slot++)
                {
                    int rank = ((int[])[16, 8, 0, 3])[slot];
                    lora.A.AsSpan((slot * 90 * width) + (90 * 2 * rank), 90 * 2 * (16 - rank)).Fill(float.NaN);
                    lora.B.AsSpan(((slot * 16) + rank) * 68, (16 - rank) * 68).Fill(float.NaN);
                }

                lora.Check(lora.Compute(threads: 2), $"{type}, {rows} rows");
                lora.Check(lora.Compute(threads: 2, isInPlace: true), $"{type}, {rows} rows in place");
            }
        }
    }

    [TestMethod]
    public void Run_BaseAndOtherSlotsOverflow_RowsKeepTheirNumbers()
    {
        foreach (int rows in (int[])[6, 48])
        {
            using LoraCase lora = new(
                TensorElementType.Float, 40, [40], 8, rows, [.. Enumerable.Range(0, rows).Select(row => (row % 3) - 1)], slotCount: 2);
            lora.A.AsSpan(40 * 8).Fill(float.PositiveInfinity);
            float[] got = lora.Compute(threads: 2);
            double[] expected = lora.Expected();
            for (int at = 0; at < got.Length; at++)
            {
                bool isSpoilt = lora.Slots[at / 40] == 1;
                Assert.AreEqual(isSpoilt, !float.IsFinite(got[at]), $"{rows} rows, number {at}");
                Assert.IsTrue(isSpoilt || Math.Abs(got[at] - expected[at]) < 1e-5, $"{rows} rows, number {at}");
            }
        }
    }

    [TestMethod]
    public void Run_InPlaceOrNot_AgainAndAgain_GivesTheSameBits()
    {
        foreach (int rows in (int[])[1, 8, 70])
        {
            int[] slots = [.. Enumerable.Range(0, rows).Select(row => (row % 4) - 1)];
            using LoraCase lora = new(TensorElementType.Float, 300, [300, 100], 32, rows, slots);
            float[] apart = lora.Compute(threads: 2);
            for (int run = 0; run < 10; run++)
            {
                // Which thread takes which piece is chance, but not what is added to what.
                CollectionAssert.AreEqual(apart, lora.Compute(threads: 2, isInPlace: run % 2 == 1), $"{rows} rows");
            }
        }
    }

    [TestMethod]
    public void Run_NoRows_GivesNone()
    {
        using LoraCase lora = new(TensorElementType.Float, 8, [8], 4, 0, [1]);
        Assert.IsEmpty(lora.Compute(threads: 1));
    }

    [TestMethod]
    public void Run_TableWithoutRank_IsTheBase()
    {
        using LoraCase lora = new(TensorElementType.Float, 8, [8], 0, 3, [0], slotCount: 1);
        CollectionAssert.AreEqual(lora.Base, lora.Compute(threads: 1));
        CollectionAssert.AreEqual(lora.Base, lora.Compute(threads: 1, isInPlace: true));
    }

    [TestMethod]
    [DataRow(3, "the slot of row 1 is 3, but the adapters' table has 3 slots (-1 is the base)")]
    [DataRow(-2, "the slot of row 1 is -2, but the adapters' table has 3 slots (-1 is the base)")]
    [DataRow(int.MaxValue, "the slot of row 1 is 2147483647, but the adapters' table has 3 slots")]
    public void Run_SlotOutOfRange_IsAnErrorWithSlotAndTable(int slot, string message)
    {
        using LoraCase lora = new(TensorElementType.Float, 8, [8], 4, 2, [0, slot]);
        Assert.Contains(message, Assert.ThrowsExactly<OnnxRuntimeException>(() => lora.Compute(threads: 1)).Message);
    }

    [TestMethod]
    public void Run_TensorsThatDoNotFit_AreErrorsWithBothShapes()
    {
        AssertRefused(
            "input 'slot' is [1, 3], expected 1 number, or one for each of the 2 rows",
            new(TensorElementType.Float, 8, [8], 4, 2, [0, 0, 0]));
        AssertRefused(
            "the rank of slot 1 is 5, but the adapters' table has room for ranks 0 to 4",
            new(TensorElementType.Float, 8, [8], 4, 1, [1], ranks: [4, 5, 4]));
        AssertRefused("the rank of slot 0 is -1", new(TensorElementType.Float, 8, [8], 4, 1, [0], ranks: [-1, 4, 4]));
        AssertRefused("input 'ranks' is [2], expected [3]", new(TensorElementType.Float, 8, [8], 4, 1, [0], ranks: [4, 4]));
        AssertRefused(
            "attribute 'parts' adds up to 8, but base [1, 9] has 9 outputs", [1, 9], [1, 4], [3, 4, 2], [3, 1, 9], 4, 4);
        AssertRefused("input 'x' is [2, 4], expected 1 rows, as base [1, 8] has", [1, 8], [2, 4], [3, 4, 2], [3, 1, 8], 4, 4);
        AssertRefused("input 'A' is [3, 5, 2], expected [slots, 4, a multiple of 2]", [1, 8], [1, 4], [3, 5, 2], [3, 1, 8], 4, 4);
        AssertRefused("input 'A' is [3, 4, 3], expected [slots, 4, a multiple of 2]", [1, 8], [1, 4], [3, 4, 3], [3, 1, 8], 4, 4);
        AssertRefused("input 'B' is [2, 1, 8], expected [3, 1, 8]", [1, 8], [1, 4], [3, 4, 2], [2, 1, 8], 4, 4);
        AssertRefused("input 'B' is [3, 2, 8], expected [3, 1, 8]", [1, 8], [1, 4], [3, 4, 2], [3, 2, 8], 4, 4);
        AssertRefused("attribute 'parts' has 0, expected sizes of outputs above 0", [1, 8], [1, 4], [3, 4, 2], [3, 1, 8], 8, 0);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Run_ManyTimes_AllocatesNoManagedMemory()
    {
        foreach (int rows in (int[])[1, 8, 64])
        {
            int[] slots = [.. Enumerable.Range(0, rows).Select(row => (row % 4) - 1)];
            using LoraCase lora = new(TensorElementType.BFloat16, 576, [576, 192], 32, rows, slots);
            using InferenceSession session = lora.Open(threads: 2);
            using OrtIoBinding binding = session.CreateIoBinding();
            List<OrtValue> values = lora.Values();
            foreach ((string name, OrtValue value) in session.InputNames.Zip(values))
            {
                binding.BindInput(name, value);
            }

            using OrtValue y = OrtValue.CreateTensorValueFromMemory(new float[rows * 768], [1, rows, 768]);
            binding.BindOutput("y", y);
            using RunOptions options = new();
            long least = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                // The runtime itself allocates now and then: its bytes are in some of the attempts only.
                long before = GC.GetTotalAllocatedBytes(precise: true);
                for (int run = 0; run < 200; run++)
                {
                    session.RunWithBinding(options, binding);
                }

                least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
            }

            Assert.IsLessThan(200L, least, $"{rows} rows: bytes of 200 runs");
        }
    }

    private static void Check(int inputs, long[] parts, int rank, int rows, int[] slots)
    {
        foreach (TensorElementType type in Types)
        {
            using LoraCase lora = new(type, inputs, parts, rank, rows, slots);
            string what = $"{type}, {inputs} to {string.Join(" + ", parts)}, rank {rank}, {rows} rows";
            lora.Check(lora.Compute(threads: 2), what);
            lora.Check(lora.Compute(threads: 1, isInPlace: true), $"{what}, in place");
        }
    }

    private static void AssertRefused(string message, LoraCase lora)
    {
        using (lora)
        {
            Assert.Contains(message, Assert.ThrowsExactly<OnnxRuntimeException>(() => lora.Compute(threads: 1)).Message);
        }
    }

    private static void AssertRefused(string message, long[] from, long[] x, long[] a, long[] b, params long[] parts)
    {
        NodeGraph graph = new NodeGraph()
            .Input("base", TensorElementType.Float, "b0", "b1").Input("x", TensorElementType.Float, "x0", "x1")
            .Input("slot", TensorElementType.Int32, "s").Input("A", TensorElementType.Float, "a0", "a1", "a2")
            .Input("B", TensorElementType.Float, "c0", "c1", "c2").Output("y", TensorElementType.Float, "b0", "b1")
            .Node("alora.LoraAdd", "base x slot A B", "y", "parts", parts);
        OnnxRuntimeException exception = Assert.ThrowsExactly<OnnxRuntimeException>(() =>
        {
            using InferenceSession session = graph.Open(OperatorSupport.Cpu().Domain!, threads: 1);
            using RunOptions options = new();
            OrtValue[] values = [Zeros(from), Zeros(x), OrtValue.CreateTensorValueFromMemory(new int[1], [1]), Zeros(a), Zeros(b)];
            session.Run(options, ["base", "x", "slot", "A", "B"], values, ["y"]).Dispose();
        });
        Assert.Contains(message, exception.Message);
    }

    private static OrtValue Zeros(long[] shape) =>
        OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate(1L, (product, size) => product * size)], shape);
}
