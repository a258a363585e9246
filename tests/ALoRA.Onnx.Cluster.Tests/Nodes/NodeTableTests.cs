using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;

namespace ALoRA.Onnx.Cluster.Tests.Nodes;

[TestClass]
public sealed class NodeTableTests
{
    private const string Model = "m";

    private readonly SteppedTime _time = new();
    private readonly LoadLedger _own = new();
    private readonly NodeTable _table;
    private readonly SiloAddress[] _nodes =
        [.. Enumerable.Range(1, 3).Select(i => SiloAddress.New(new System.Net.IPAddress([10, 0, 0, (byte)i]), 11111, 1))];
    private long _number;

    public NodeTableTests()
    {
        _table = new NodeTable(new AloraClusterOptions(), _own, _time);
        _table.SetMembers(_nodes[0], _nodes);
        Report(1);
        Report(2);
    }

    [TestMethod]
    public void Choose_AllAreReady_UsesAllOfThem()
    {
        HashSet<SiloAddress?> places = [.. Keys(200).Select(key => _table.Choose(key, 1, Model).Node)];
        Assert.HasCount(3, places);
        Assert.Contains((SiloAddress?)null, places);
    }

    [TestMethod]
    public void Choose_SameKeyOnAnotherServer_IsTheSamePlace()
    {
        NodeTable other = new(new AloraClusterOptions(), new LoadLedger(), _time);
        other.SetMembers(_nodes[1], _nodes);
        other.Take(ReportOf(0));
        other.Take(ReportOf(2));
        foreach (ulong key in Keys(100))
        {
            Assert.AreEqual(_table.Choose(key, 1, Model).Node ?? _nodes[0], other.Choose(key, 1, Model).Node ?? _nodes[1]);
        }
    }

    [TestMethod]
    [DataRow("drains")]
    [DataRow("other model")]
    [DataRow("silent")]
    [DataRow("suspected")]
    [DataRow("excluded")]
    [DataRow("gone")]
    public void Choose_ServerThatWillNotDo_IsPassedOver(string why)
    {
        List<SiloAddress> except = [];
        switch (why)
        {
            case "drains":
                Report(1, isReady: false);
                break;
            case "other model":
                Report(1, fingerprint: "n");
                break;
            case "silent":
                _time.Add(TimeSpan.FromSeconds(60));
                Report(2);
                break;
            case "suspected":
                _table.Suspect(_nodes[1]);
                break;
            case "excluded":
                except.Add(_nodes[1]);
                break;
            default:
                _table.SetMembers(_nodes[0], [_nodes[0], _nodes[2]]);
                break;
        }

        SiloAddress?[] places = [.. Keys(200).Select(key => _table.Choose(key, 1, Model, except: except).Node).Distinct()];
        CollectionAssert.AreEquivalent(new SiloAddress?[] { null, _nodes[2] }, places);
    }

    [TestMethod]
    public void Choose_SuspectedServerReports_IsUsedAgain()
    {
        _table.Suspect(_nodes[1]);
        Report(1);
        Assert.Contains(_nodes[1], Keys(200).Select(key => _table.Choose(key, 1, Model).Node));
    }

    [TestMethod]
    public void Choose_NobodyElseIsThere_IsHere()
    {
        _table.SetMembers(null, []);
        Assert.AreEqual(default, _table.Choose(1, 1, Model));
        _table.SetMembers(_nodes[0], [_nodes[0]]);
        Assert.AreEqual(default, _table.Choose(1, 1, Model));
    }

    [TestMethod]
    public void Take_OlderReport_ChangesNothing()
    {
        NodeReport old = ReportOf(1, isReady: false);
        Report(1);
        _table.Take(old);
        Assert.Contains(_nodes[1], Keys(200).Select(key => _table.Choose(key, 1, Model).Node));
    }

    [TestMethod]
    public void Send_UntilTheNextReport_CountsAsLoad()
    {
        ulong key = Keys(1000).First(one => _nodes[1].Equals(_table.Choose(one, 1, Model).Node));
        using (_table.Send(_nodes[1], 100_000))
        {
            Assert.AreNotEqual(_nodes[1], _table.Choose(key + (1UL << 63), 1, Model).Node);
            Report(1, load: 0);
            _table.SetMembers(_nodes[0], _nodes);
        }

        Assert.AreEqual(_nodes[1], Keys(1000).Select(one => _table.Choose(one, 1, Model).Node).First(node => _nodes[1].Equals(node)));
    }

    /// <summary>
    /// A key that was sent elsewhere because its own server had too much to do stays there, whichever server is asked next.
    /// </summary>
    [TestMethod]
    public void Choose_MovedKey_IsKnownToOthers()
    {
        ulong key = Keys(1000).First(one => _nodes[1].Equals(_table.Choose(one, 1, Model).Node));
        Report(1, load: 100_000);
        SiloAddress? moved = _table.Choose(key, 1, Model).Node;
        Assert.AreNotEqual(_nodes[1], moved);
        IReadOnlyList<(ulong Key, SiloAddress Node)> news = _table.TakeNews();
        CollectionAssert.Contains(news.ToArray(), (key, moved ?? _nodes[0]));
        Assert.IsEmpty(_table.TakeNews());

        NodeTable other = new(new AloraClusterOptions(), new LoadLedger(), _time);
        other.SetMembers(_nodes[2], _nodes);
        other.Take(ReportOf(1));
        other.Take(ReportOf(0) with { MovedKeys = [.. news.Select(one => one.Key)], MovedTo = [.. news.Select(one => one.Node)] });
        Assert.AreEqual(moved ?? _nodes[0], other.Choose(key, 1, Model).Node ?? _nodes[2]);
    }

    [TestMethod]
    public void Choose_ServerOfAKeyLeaves_SaysWhereItWas()
    {
        ulong key = Keys(1000).First(one => _nodes[1].Equals(_table.Choose(one, 1, Model).Node));
        Report(1, isReady: false);
        Place place = _table.Choose(key, 1, Model);
        Assert.AreEqual(_nodes[1], place.Previous);
    }

    private static IEnumerable<ulong> Keys(int count) =>
        Enumerable.Range(0, count).Select(i => ALoRA.Onnx.Cluster.Placement.RendezvousHash.KeyOf(null, $"{i}", [], null));

    private void Report(int node, bool isReady = true, string fingerprint = Model, long load = 0) =>
        _table.Take(ReportOf(node, isReady, fingerprint, load));

    private NodeReport ReportOf(int node, bool isReady = true, string fingerprint = Model, long load = 0) => new()
    {
        Node = _nodes[node],
        Number = ++_number,
        IsReady = isReady,
        Fingerprint = fingerprint,
        Load = load,
    };
}
