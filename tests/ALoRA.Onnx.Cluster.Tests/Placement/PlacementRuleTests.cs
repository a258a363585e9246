using ALoRA.Onnx.Cluster.Placement;

namespace ALoRA.Onnx.Cluster.Tests.Placement;

[TestClass]
public sealed class PlacementRuleTests
{
    private const long Slack = 100;
    private static readonly PlacementRule Rule = new(1.25, Slack);

    [TestMethod]
    public void Choose_NobodyHasMuchToDo_KeyGoesWhereItBelongs()
    {
        Candidate[] idle = Nodes(0, 40, 80);
        for (ulong key = 0; key < 1000; key++)
        {
            (int chosen, int first) = Rule.Choose(key, 10, idle);
            Assert.AreEqual(first, chosen);
        }
    }

    [TestMethod]
    public void Choose_FirstHasFarMoreThanTheMean_NextOfTheRankTakesIt()
    {
        Candidate[] even = Nodes(300, 300, 300);
        for (ulong key = 0; key < 1000; key++)
        {
            int first = Rule.Choose(key, 10, even).First;
            Candidate[] loaded = [.. even];
            loaded[first] = loaded[first] with { Load = 900 };
            int expected = Enumerable.Range(0, 3).Where(i => i != first).MaxBy(i => RendezvousHash.Score(key, even[i].Hash));
            Assert.AreEqual((expected, first), Rule.Choose(key, 10, loaded));
        }
    }

    [TestMethod]
    public void Choose_AllAreBeyondTheBound_TakesTheOneWithLeast()
    {
        Candidate[] nodes = Nodes(500, 499, 500);
        Assert.AreEqual(1, new PlacementRule(1, 0).Choose(5, 1000, nodes).Chosen);
    }

    [TestMethod]
    public void Choose_RowsAreElsewhere_GoesThereUnlessThatIsLoaded()
    {
        Candidate[] nodes = Nodes(300, 300, 300);
        int first = Rule.Choose(7, 10, nodes).First;
        int last = (first + 1) % 3;
        Assert.AreEqual(last, Rule.Choose(7, 10, nodes, last).Chosen);
        nodes[last] = nodes[last] with { Load = 900 };
        Assert.AreNotEqual(last, Rule.Choose(7, 10, nodes, last).Chosen);
    }

    /// <summary>
    /// One conversation that nearly everyone asks about is computed by several servers, none of which gets far more than the mean.
    /// </summary>
    [TestMethod]
    public void Choose_OneHotKey_LoadsStayWithinTheBound()
    {
        const int Servers = 8;
        const long Cost = 20;
        Candidate[] nodes = Nodes(new long[Servers]);
        Random random = new(1);
        for (int i = 0; i < 5000; i++)
        {
            ulong key = random.Next(10) == 0 ? (ulong)random.NextInt64() : 42;
            int chosen = Rule.Choose(key, Cost, nodes).Chosen;
            nodes[chosen] = nodes[chosen] with { Load = nodes[chosen].Load + Cost };
        }

        double mean = nodes.Average(node => node.Load);
        Assert.IsLessThanOrEqualTo((1.25 * mean) + Cost, nodes.Max(node => node.Load));
    }

    private static Candidate[] Nodes(params long[] loads) =>
        [.. loads.Select((load, i) => new Candidate(RendezvousHash.NodeOf($"10.0.0.{i}:11111"), load))];
}
