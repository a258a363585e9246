using ALoRA.Onnx.Cluster.Placement;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Benchmarks.Cluster;

/// <summary>How much is simulated.</summary>
/// <param name="Nodes">Servers.</param>
/// <param name="Conversations">Conversations that are held at the same time.</param>
/// <param name="Seconds">Simulated time.</param>
/// <param name="Utilization">Part of the places that the load takes on average.</param>
/// <param name="HotPart">Part of the requests that are for one and the same key.</param>
/// <param name="HasOwnOverflow">
/// Whether each front end has a ranking of its own for what the first server can't take, which no other follows: not what is built.
/// </param>
internal sealed record ClusterCase(
    int Nodes, int Conversations, double Seconds, double Utilization, double HotPart = 0, bool HasOwnOverflow = false);

/// <summary>What came of it.</summary>
internal sealed class ClusterCaseResult
{
    public long Requests { get; set; }

    /// <summary>Requests of conversations that have been somewhere before.</summary>
    public long Returning { get; set; }

    /// <summary>Of them, those that came where the turn before was.</summary>
    public long Found { get; set; }

    /// <summary>Requests that were not computed where their key belongs.</summary>
    public long Moved { get; set; }

    /// <summary>The busiest server's load as a multiple of the mean, at each report.</summary>
    public List<double> Spread { get; } = [];

    /// <summary>Seconds that requests waited for a place.</summary>
    public List<double> Waits { get; } = [];

    /// <summary>Servers that computed the hot key.</summary>
    public int HotNodes { get; set; }

    public TimeSpan Choosing { get; set; }
}

/// <summary>
/// Servers with places, requests that come by chance, and front ends that know of the others' load what was reported last. Everything but
/// the choice of the server is modelled; that is <see cref="PlacementRule"/> itself. The same numbers every time.
/// </summary>
internal sealed class LoadedCluster
{
    private const int Places = 16;
    private const int Tokens = 200;
    private const int PromptTokens = 800;
    private const double SecondsPerToken = 0.02;
    private const double Report = 0.25;

    private static readonly long Cost = RequestCost.Of(new EngineRequest
    {
        Prompt = EncodedPrompt.FromTrusted(new int[PromptTokens]),
        Generation = new GenerationOptions { MaxNewTokens = Tokens },
    });

    private readonly ClusterCase _case;
    private readonly PlacementRule _rule;
    private readonly Random _random = new(1);
    private readonly Candidate[] _candidates;
    private readonly Queue<double>[] _waiting;
    private readonly int[] _running;
    private readonly long[] _load;
    private readonly PriorityQueue<int, double> _ends = new();
    private readonly int[] _last;
    private readonly int[] _moved;
    private readonly HashSet<int> _hot = [];
    private readonly ClusterCaseResult _result = new();

    private LoadedCluster(ClusterCase described, PlacementRule rule)
    {
        _case = described;
        _rule = rule;
        _candidates = [.. Enumerable.Range(0, described.Nodes).Select(node => new Candidate(Hash(node), 0))];
        _waiting = [.. Enumerable.Range(0, described.Nodes).Select(_ => new Queue<double>())];
        _running = new int[described.Nodes];
        _load = new long[described.Nodes];
        _last = new int[described.Conversations];
        _moved = new int[described.Conversations];
        Array.Fill(_last, -1);
        Array.Fill(_moved, -1);
    }

    /// <summary>A server's number for the rule.</summary>
    public static ulong Hash(int node) => RendezvousHash.NodeOf($"10.{node >> 16}.{(node >> 8) & 255}.{node & 255}:11111");

    /// <summary>A conversation's key.</summary>
    public static ulong Key(int conversation) => RendezvousHash.Score((ulong)conversation, 0x5eed);

    /// <summary>Runs a case.</summary>
    public static ClusterCaseResult Run(ClusterCase described, PlacementRule rule) => new LoadedCluster(described, rule).Run();

    private ClusterCaseResult Run()
    {
        double rate = _case.Utilization * _case.Nodes * Places / (Tokens * SecondsPerToken);
        double nextReport = 0;
        for (double now = 0; now < _case.Seconds; now += -Math.Log(1 - _random.NextDouble()) / rate)
        {
            while (nextReport <= now)
            {
                Finish(nextReport);
                Tell();
                nextReport += Report;
            }

            Finish(now);
            Ask(now, _random.NextDouble() < _case.HotPart ? 0 : _random.Next(_case.Conversations));
        }

        _result.HotNodes = _hot.Count;
        return _result;
    }

    private void Ask(double now, int conversation)
    {
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        (int chosen, int first) = _rule.Choose(Key(conversation), Cost, _candidates, _moved[conversation]);
        if (_case.HasOwnOverflow && chosen != first && chosen != _moved[conversation])
        {
            int frontEnd = _random.Next(_case.Nodes);
            chosen = _rule.Choose(RendezvousHash.Score(Key(conversation), (ulong)frontEnd), Cost, _candidates).Chosen;
        }

        _result.Choosing += System.Diagnostics.Stopwatch.GetElapsedTime(started);
        _result.Requests++;
        _result.Returning += _last[conversation] >= 0 ? 1 : 0;
        _result.Found += _last[conversation] == chosen ? 1 : 0;
        _result.Moved += chosen == first ? 0 : 1;
        bool isHot = _case.HasOwnOverflow && _case.HotPart > 0 && conversation == 0;
        _moved[conversation] = chosen == first || isHot ? -1 : chosen;
        _last[conversation] = chosen;
        if (_case.HotPart > 0 && conversation == 0)
        {
            _hot.Add(chosen);
        }

        _load[chosen] += Cost;
        if (_running[chosen] < Places)
        {
            Begin(chosen, now);
            _result.Waits.Add(0);
        }
        else
        {
            _waiting[chosen].Enqueue(now);
        }
    }

    private void Begin(int node, double now)
    {
        _running[node]++;
        _ends.Enqueue(node, now + (Tokens * SecondsPerToken));
    }

    private void Finish(double now)
    {
        while (_ends.TryPeek(out int node, out double end) && end <= now)
        {
            _ends.Dequeue();
            _running[node]--;
            _load[node] -= Cost;
            if (_waiting[node].TryDequeue(out double since))
            {
                _result.Waits.Add(end - since);
                Begin(node, end);
            }
        }
    }

    private void Tell()
    {
        long most = 0;
        long sum = 0;
        for (int node = 0; node < _candidates.Length; node++)
        {
            _candidates[node] = _candidates[node] with { Load = _load[node] };
            most = Math.Max(most, _load[node]);
            sum += _load[node];
        }

        if (sum > 0)
        {
            _result.Spread.Add((double)most * _candidates.Length / sum);
        }
    }
}
