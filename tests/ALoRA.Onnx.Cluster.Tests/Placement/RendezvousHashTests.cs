using ALoRA.Onnx.Cluster.Placement;

namespace ALoRA.Onnx.Cluster.Tests.Placement;

[TestClass]
public sealed class RendezvousHashTests
{
    private const int Keys = 20000;

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(17)]
    public void Score_ManyKeys_SpreadsEvenly(int count)
    {
        ulong[] nodes = Nodes(count);
        int[] counts = new int[count];
        for (ulong key = 0; key < Keys; key++)
        {
            counts[FirstOf(key, nodes)]++;
        }

        double mean = (double)Keys / count;
        double deviation = Math.Sqrt(mean * (1 - (1.0 / count)));
        Assert.IsLessThan(5 * deviation, counts.Max() - mean);
        Assert.IsLessThan(5 * deviation, mean - counts.Min());
    }

    [TestMethod]
    public void Score_NodeLeaves_MovesItsOwnKeysAlone()
    {
        ulong[] nodes = Nodes(5);
        ulong[] left = [.. nodes.Where((_, i) => i != 2)];
        for (ulong key = 0; key < Keys; key++)
        {
            int before = FirstOf(key, nodes);
            if (before != 2)
            {
                Assert.AreEqual(nodes[before], left[FirstOf(key, left)]);
            }
        }
    }

    [TestMethod]
    public void Score_NodeJoins_TakesItsShareAndMovesNothingElse()
    {
        ulong[] nodes = Nodes(4);
        ulong[] more = [.. nodes, RendezvousHash.NodeOf("10.0.0.99:11111")];
        int moved = 0;
        for (ulong key = 0; key < Keys; key++)
        {
            ulong after = more[FirstOf(key, more)];
            if (after != nodes[FirstOf(key, nodes)])
            {
                Assert.AreEqual(more[^1], after);
                moved++;
            }
        }

        Assert.IsLessThan(0.02 * Keys, Math.Abs(moved - (Keys / 5.0)));
    }

    /// <summary>Servers of two versions must agree, so that these numbers stay.</summary>
    [TestMethod]
    public void KeyOf_AndScore_AreTheNumbersOfAllVersions()
    {
        Assert.AreEqual(2685413595470165009UL, RendezvousHash.KeyOf("tenant", "start", [1, 2, 3], null));
        Assert.AreEqual(8472184989078535115UL, RendezvousHash.NodeOf("127.0.0.1:11111"));
        Assert.AreEqual(4522410275139603566UL, RendezvousHash.Score(1, 2));
    }

    [TestMethod]
    public void KeyOf_PartsThatJoinToTheSameText_AreOtherKeys()
    {
        ulong key = RendezvousHash.KeyOf("ab", "c", [], null);
        Assert.AreNotEqual(key, RendezvousHash.KeyOf("a", "bc", [], null));
        Assert.AreNotEqual(key, RendezvousHash.KeyOf("ab", null, [], "c"));
        Assert.AreNotEqual(RendezvousHash.KeyOf(null, "", [], null), RendezvousHash.KeyOf("", null, [], null));
    }

    private static ulong[] Nodes(int count) => [.. Enumerable.Range(0, count).Select(i => RendezvousHash.NodeOf($"10.0.0.{i}:11111"))];

    private static int FirstOf(ulong key, ulong[] nodes)
    {
        ulong mixed = RendezvousHash.KeyOf(null, $"{key}", [], null);
        return Enumerable.Range(0, nodes.Length).MaxBy(i => RendezvousHash.Score(mixed, nodes[i]));
    }
}
