using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

[TestClass]
public sealed class SlotAttentionTests
{
    [TestMethod]
    [DataRow(9, 3, 64, DisplayName = "9 heads of 64 over 3")]
    [DataRow(4, 4, 20, DisplayName = "4 heads of 20, each its own")]
    [DataRow(8, 1, 6, DisplayName = "8 heads of 6 over 1")]
    [DataRow(5, 5, 1, DisplayName = "5 heads of 1")]
    [DataRow(6, 2, 33, DisplayName = "6 heads of 33 over 2")]
    [DataRow(2, 1, 128, DisplayName = "2 heads of 128 over 1")]
    [DataRow(4, 2, 80, DisplayName = "4 heads of 80 over 2")]
    public void Run_OneTo70RowsOfMixedSlots_IsWhatFloat64Gives(int heads, int keyHeads, int size)
    {
        foreach (int count in (int[])[1, 2, 3, 4, 5, 7, 16, 33, 70])
        {
            foreach ((int window, float cap) in ((int, float)[])[(0, 0), (50, 0), (0, 3), (1, 0), (100, 2)])
            {
                (AttentionSlot[] slots, (int, int)[] rows) = Mixed(count);
                AttentionCase one = new(heads, keyHeads, size, slots, rows) { Window = window, Cap = cap, Scale = 0.5f / MathF.Sqrt(size) };
                string what = $"{count} rows, window {window}, cap {cap}";
                one.Check(one.Compute(threads: 2), what);
                one.Check(one.Compute(threads: 1, shares: false), $"{what}, each in its own slot");
            }
        }
    }

    [TestMethod]
    [DataRow(64, 64, null, DisplayName = "whole heads")]
    [DataRow(64, 16, null, DisplayName = "a part of each head")]
    [DataRow(20, 20, null, DisplayName = "odd sizes")]
    [DataRow(33, 6, null, DisplayName = "odd sizes, a part")]
    [DataRow(64, 32, 40, DisplayName = "rows of the tables that are not the positions")]
    public void Run_RotatesInside_IsWhatFloat64Gives(int size, int rotated, int? shift)
    {
        foreach (int count in (int[])[1, 6, 20])
        {
            (AttentionSlot[] slots, (int, int)[] rows) = Mixed(count);
            AttentionCase one = new(6, 2, size, slots, rows) { Rotated = rotated, RotaryShift = shift, Scale = 0.5f / MathF.Sqrt(size) };
            one.Check(one.Compute(threads: 2), $"{count} rows");
        }
    }

    [TestMethod]
    public void Run_RowAloneOrAmongOthers_CommonPrefixOrNot_GivesTheSameBits()
    {
        foreach ((int size, int window) in ((int, int)[])[(64, 0), (33, 90), (8, 0)])
        {
            (AttentionSlot[] slots, (int, int)[] rows) = Mixed(37);
            AttentionCase one = new(6, 2, size, slots, rows) { Window = window, Rotated = 8 };
            float[] all = one.Compute(threads: 2);
            CollectionAssert.AreEqual(all, one.Compute(threads: 1, shares: false), $"size {size}: in its own slot");
            int width = 6 * size;
            for (int row = 0; row < rows.Length; row++)
            {
                // A token before it in its slot is a row, too, else its key is not there.
                int[] own = [.. Enumerable.Range(0, rows.Length).Where(at => rows[at].Item1 == rows[row].Item1)];
                float[] few = one.Compute(threads: 2, shares: row % 2 == 0, only: own);
                int place = Array.IndexOf(own, row);
                CollectionAssert.AreEqual(
                    all[(row * width)..((row + 1) * width)], few[(place * width)..((place + 1) * width)], $"size {size}: row {row}");
            }
        }
    }

    [TestMethod]
    public void Run_AgainAndAgain_WritesTheSameKeysAndValuesInPlace()
    {
        (AttentionSlot[] slots, (int, int)[] rows) = Mixed(9);
        AttentionCase one = new(4, 2, 12, slots, rows);
        float[] first = one.Compute(threads: 2);
        float[] keys = [.. one.Keys];
        for (int row = 0; row < rows.Length; row++)
        {
            int at = one.TokenOf(rows[row].Item1, 1, rows[row].Item2);
            CollectionAssert.AreEqual(one.Key[(((row * 2) + 1) * 12)..((row + 1) * 24)], one.Keys[at..(at + 12)]);
            CollectionAssert.AreEqual(one.Value[(((row * 2) + 1) * 12)..((row + 1) * 24)], one.Values[at..(at + 12)]);
        }

        for (int run = 0; run < 10; run++)
        {
            CollectionAssert.AreEqual(first, one.Compute(threads: 2));
            CollectionAssert.AreEqual(keys, one.Keys);
        }
    }

    [TestMethod]
    public void Run_LeftoversBehindAndBeforeWhatIsSeen_AreNotRead()
    {
        // A window of 40 sees positions from 91 on.
        AttentionCase one = new(3, 1, 24, [new(200), new(200)], [(0, 130), (0, 131), (1, 20)]) { Window = 40 };
        one.Spoil(0, 0, 91);
        one.Spoil(0, 132, 200);
        one.Spoil(1, 21, 200);
        Assert.IsTrue(one.Compute(threads: 2).All(float.IsFinite));
    }

    [TestMethod]
    public void Run_OneRowIsNoNumber_OthersOfItsSlotBeforeItKeepTheirs()
    {
        // Three heads: four queries that are computed at once are of different rows.
        AttentionCase one = new(3, 1, 16, [new(100)], [(0, 70), (0, 71), (0, 72), (0, 73)]);
        one.Value.AsSpan(3 * 16).Fill(float.PositiveInfinity);
        one.Key.AsSpan(3 * 16).Fill(float.NaN);
        float[] got = one.Compute(threads: 1);
        Assert.IsTrue(got[..(3 * 48)].All(float.IsFinite));
        Assert.IsFalse(got[(3 * 48)..].Any(float.IsFinite));
    }

    [TestMethod]
    public void Run_LargeScores_HasNoOverflow()
    {
        AttentionCase one = new(2, 1, 32, [new(300)], [(0, 290)]) { Scale = 60 };
        one.Check(one.Compute(threads: 1), "scores of more than a thousand", tolerance: 1e-2);
    }

    [TestMethod]
    [DataRow(0, -8, "the slot of row 0 holds 100 tokens from element -8 on, outside of the 1607 that there are")]
    [DataRow(1, 101, "the slot of row 0 holds 101 tokens from element 7 on, outside of the 1607 that there are")]
    [DataRow(1, long.MaxValue, "outside of the 1607 that there are")]
    [DataRow(0, long.MaxValue, "outside of the 1607 that there are")]
    [DataRow(1, 9, "the position of row 0 is 9, outside of its slot of 9 tokens")]
    [DataRow(4, 10, "row 0 at position 9 has 10 tokens in common")]
    [DataRow(4, -1, "row 0 at position 9 has -1 tokens in common")]
    [DataRow(4, 5, "row 0 at position 9 has 5 tokens in common with a slot of 0 from element 0 on")]
    public void Run_SlotThatDoesNotFit_IsAnErrorWithRowAndPlace(int column, long value, string message)
    {
        AttentionCase one = new(2, 2, 8, [new(100)], [(0, 9)]);
        OnnxRuntimeException exception = Assert.ThrowsExactly<OnnxRuntimeException>(
            () => one.Compute(threads: 1, change: table => table[column] = value));
        Assert.Contains(message, exception.Message);
    }

    [TestMethod]
    [DoNotParallelize]
    public void Run_ManyTimes_AllocatesNoManagedMemory()
    {
        (AttentionSlot[] slots, (int, int)[] rows) = Mixed(16);
        AttentionCase one = new(9, 3, 64, slots, rows) { Rotated = 64 };
        using InferenceSession session = one.Open(threads: 2);
        using OrtIoBinding binding = session.CreateIoBinding();
        foreach ((string name, OrtValue value) in session.InputNames.Zip(one.Inputs(shares: true, [.. Enumerable.Range(0, rows.Length)])))
        {
            binding.BindInput(name, value);
        }

        using OrtValue y = OrtValue.CreateTensorValueFromMemory(new float[rows.Length * 576], [rows.Length, 1, 576]);
        binding.BindOutput("y", y);
        using RunOptions options = new();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int run = 0; run < 200; run++)
            {
                session.RunWithBinding(options, binding);
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.IsLessThan(200L, least);
    }

    // Slots with 200 and 130 tokens in common with the first one, with 70 in common with the second of these, and of their own; several
    // tokens of one slot.
    private static (AttentionSlot[] Slots, (int Slot, int Position)[] Rows) Mixed(int count)
    {
        AttentionSlot[] kinds = [new(300), new(260, 0, 200), new(320, 0, 130), new(100), new(270, 1, 70), new(90)];
        int sets = (count + 9) / 10;
        List<AttentionSlot> slots = [];
        List<(int, int)> rows = [];
        for (int set = 0; set < sets; set++)
        {
            int first = set * kinds.Length;
            slots.AddRange(kinds.Select(kind => kind.Common > 0 ? kind with { CommonWith = kind.CommonWith + first } : kind));
            rows.AddRange(
            [
                (first + 1, 201), (first, 255 + set), (first + 2, 130), (first + 3, 99), (first + 4, 200), (first + 1, 202),
                (first + 1, 203), (first + 5, 0), (first + 2, 131), (first + 4, 201),
            ]);
        }

        return ([.. slots], [.. rows.Take(count)]);
    }
}
