using System.Runtime.InteropServices;
using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class PartEndsTests
{
    [TestMethod]
    [DataRow(new long[0], int.MaxValue, int.MaxValue, int.MaxValue, 1, 0, DisplayName = "none: one part of any size")]
    [DataRow(new long[] { 40 }, int.MaxValue, int.MaxValue, int.MaxValue, 1, 40, DisplayName = "one")]
    [DataRow(new long[] { 64, 16, 16 }, 64, 80, int.MaxValue, 3, 96, DisplayName = "q, k, v")]
    [DataRow(new long[] { 8, 8, 8, 8 }, 8, 16, 24, 4, 32, DisplayName = "four")]
    public void PartEnds_Sizes_AddUp(long[] parts, int first, int second, int third, int count, int total)
    {
        PartEnds ends = new(parts);
        ReadOnlySpan<int> words = MemoryMarshal.Cast<PartEnds, int>(MemoryMarshal.CreateReadOnlySpan(ref ends, 1));
        CollectionAssert.AreEqual(new[] { first, second, third }, words[..3].ToArray());
        Assert.AreEqual(count, ends.Count);
        Assert.AreEqual(total, ends.Total);
    }

    [TestMethod]
    [DataRow(new long[] { 8, 8, 8, 8, 8 }, "expected at most 4 sizes, got 5", DisplayName = "five parts")]
    [DataRow(new long[] { 8, 12 }, "expected positive multiples of 8, got 12", DisplayName = "not a multiple of 8")]
    [DataRow(new long[] { 8, 0 }, "expected positive multiples of 8, got 0", DisplayName = "nothing")]
    [DataRow(new long[] { -8 }, "expected positive multiples of 8, got -8", DisplayName = "less than nothing")]
    [DataRow(new long[] { 1L << 40 }, "expected positive multiples of 8, got 1099511627776", DisplayName = "more than there can be")]
    public void PartEnds_WrongSizes_AreRefused(long[] parts, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<ArgumentException>(() => new PartEnds(parts)).Message);
}
