using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class AttentionSplitTests
{
    [TestMethod]
    [DataRow(1, 8, 4, 1, 8, 32, 16, DisplayName = "one row")]
    [DataRow(8, 8, 4, 1, 64, 4, 16, DisplayName = "eight sequences")]
    [DataRow(1, 8, 32, 1, 8, 32, 32, DisplayName = "eight rows")]
    [DataRow(1, 4, 128, 2, 8, 32, 64, DisplayName = "more queries than a set has")]
    [DataRow(64, 8, 4, 1, 512, 1, 16, DisplayName = "more groups than blocks are wanted")]
    [DataRow(0, 8, 4, 1, 0, 32, 16, DisplayName = "no sequence")]
    public void Of_ARun_SharesItAmongBlocks(int batch, int heads, int queries, int sets, int groups, int splits, int partRows)
    {
        AttentionSplit split = AttentionSplit.Of(batch, heads, queries);
        Assert.AreEqual(new AttentionSplit(sets, groups, splits, partRows), split);
        Assert.AreEqual((long)groups * splits * partRows * 132, split.PartNumbers(128));
    }

    // Rows beyond 64 have turns of their own, whose blocks leave their parts in the same memory.
    [TestMethod]
    [DataRow(1, 8 * 32 * 16 * 132, DisplayName = "one row")]
    [DataRow(64, 32 * 8 * 64 * 132, DisplayName = "one turn")]
    [DataRow(70, 32 * 8 * 64 * 132, DisplayName = "two turns")]
    [DataRow(0, 1, DisplayName = "no row")]
    public void MostPartNumbers_OfARun_AreThoseOfItsLargestTurn(int rows, int numbers) => Assert.AreEqual(
        numbers, AttentionKernels.MostPartNumbers(new AttentionArguments { Heads = 32, KvHeads = 8 }, 1, rows, 128));
}
