using System.Globalization;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>Some nodes on this machine, their store, and what is needed to ask them. Every process is ended by its handle.</summary>
internal sealed partial class TestCluster : IAsyncDisposable
{
    /// <summary>The admin key of every node.</summary>
    public const string AdminKey = "admin-key-of-tests";

    /// <summary>What the nodes do with each other is authenticated with this.</summary>
    public const string ClusterKey = "cluster-key-of-tests-0123456789";

    /// <summary>What all engines of tests are started with, so that three of them fit on a small machine.</summary>
    public static readonly IReadOnlyList<string> EngineFlags =
    [
        "--provider", "cpu", "--threads", "1", "--measure-time", "0", "--max-context-tokens", "2048", "--model-name", "demo",
    ];

    private const string DrainFlag = "--drain-timeout";

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private readonly IReadOnlyList<string> _flags;
    private readonly List<NodeProcess?> _nodes = [];
    private readonly string _cluster;

    private TestCluster(string model, IStoreServer store, IReadOnlyList<string> flags)
    {
        _model = model;
        _flags = flags;
        Store = store;
        _cluster = Guid.NewGuid().ToString("n");
        File.WriteAllText(_folder["admin"], AdminKey);
        File.WriteAllText(_folder["cluster"], ClusterKey);
    }

    public IStoreServer Store { get; }

    public StreamClient Client { get; } = new();

    /// <summary>How many nodes there are, dead ones included.</summary>
    public int Count => _nodes.Count;

    /// <summary>Starts Redis and nodes.</summary>
    /// <param name="model">The model's folder.</param>
    /// <param name="count">How many nodes.</param>
    /// <param name="flags">Further flags of each.</param>
    public static async Task<TestCluster> StartAsync(string model, int count = 3, params IReadOnlyList<string> flags) =>
        await StartAsync(model, await RedisServer.StartAsync(), count, flags);

    /// <summary>Starts nodes on a store.</summary>
    /// <param name="model">The model's folder.</param>
    /// <param name="store">The store; owned.</param>
    /// <param name="count">How many nodes.</param>
    /// <param name="flags">Further flags of each.</param>
    public static async Task<TestCluster> StartAsync(string model, IStoreServer store, int count, params IReadOnlyList<string> flags)
    {
        TestCluster cluster = new(model, store, flags);
        try
        {
            cluster._nodes.AddRange(Enumerable.Repeat<NodeProcess?>(null, count));
            await Task.WhenAll(Enumerable.Range(0, count).Select(cluster.StartNodeAsync));
            await cluster.WaitForSizeAsync(count);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Folder of a node's own adapters.</summary>
    public string AdaptersOf(int node) => Directory.CreateDirectory(_folder[$"adapters-{node}"]).FullName;

    public NodeProcess Node(int node) => _nodes[node] ?? throw new InvalidOperationException($"Node {node} was not started.");

    /// <summary>Starts a node, or another one in the place of one that has ended.</summary>
    public async Task StartNodeAsync(int node)
    {
        if (_nodes[node] is { } old)
        {
            await old.DisposeAsync();
        }

        _nodes[node] = null;
        _nodes[node] = await NodeProcess.StartAsync(
            $"node {node}",
            [
                _model, .. EngineFlags, "--urls", "http://127.0.0.1:0", "--cluster", Store.Address, "--cluster-id", _cluster,
                "--cluster-silo-port", $"{FreePorts.Next()}", "--admin-key-file", _folder["admin"],
                "--cluster-key-file", _folder["cluster"], "--adapters-folder", AdaptersOf(node),
                .. _flags.Contains(DrainFlag) ? Array.Empty<string>() : [DrainFlag, "20"],
                .. _flags,
            ],
            new Dictionary<string, string>());
    }

    /// <summary>Waits until every node that runs, or each of some, is ready and sees so many.</summary>
    public async Task WaitForSizeAsync(int count, params int[] nodes)
    {
        using CancellationTokenSource limit = new(HangGuard.Limit);
        IEnumerable<NodeProcess> asked = nodes.Length > 0 ? nodes.Select(Node) : _nodes.OfType<NodeProcess>();
        foreach (NodeProcess node in asked.Where(node => !node.Process.HasExited))
        {
            while (!node.Process.HasExited && await SizeSeenByAsync(node) != count)
            {
                if (limit.IsCancellationRequested)
                {
                    Assert.Fail($"{node.Address} sees {await SizeSeenByAsync(node)} nodes, not {count}. It said:\n{node.Log}");
                }

                await Task.Delay(100);
            }
        }
    }

    /// <summary>A figure of a node's <c>/metrics</c>, those with a label added up; not a number where it has none.</summary>
    public async Task<double> FigureAsync(int node, string name, string label = "")
    {
        (_, string page) = await Client.GetAsync(Node(node).Address, "/metrics");
        return Figure(page, name, label);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NodeProcess? node in _nodes)
        {
            await (node?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        Client.Dispose();
        Store.Dispose();
        _folder.Dispose();
    }

    private static double Figure(string page, string name, string label = "")
    {
        double[] values =
        [
            .. Line().Matches(page).Where(match => match.Groups["name"].Value == name)
                .Where(match => match.Groups["labels"].Value.Contains(label, StringComparison.Ordinal))
                .Select(match => double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)),
        ];
        return values.Length == 0 ? double.NaN : values.Sum();
    }

    [GeneratedRegex(
        @"^(?<name>[a-zA-Z_:][\w:]*)(?<labels>\{.*\})? (?<value>\S+)\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();

    private async Task<int> SizeSeenByAsync(NodeProcess node)
    {
        (_, string page) = await Client.GetAsync(node.Address, "/metrics");
        double size = Figure(page, "alora_cluster_members");
        (int status, _) = await Client.GetAsync(node.Address, "/ready");
        return double.IsNaN(size) || status != 200 ? -1 : (int)size;
    }
}
