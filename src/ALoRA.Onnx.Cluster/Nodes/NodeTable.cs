using ALoRA.Onnx.Cluster.Placement;
using ALoRA.Onnx.Cluster.Wire;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// What this server knows of all others: who is a member, what each has to do, and which conversations are elsewhere than their hash says.
/// Knows nothing of Orleans' services, which tell it. Thread-safe.
/// </summary>
internal sealed class NodeTable
{
    /// <summary>Keys whose places are remembered.</summary>
    public const int RememberedKeys = 65536;

    private const int MostMovedKeys = 256;

    // About sixteen answers of usual length, the places of an engine by default: who finds one free waits for nobody. With half of it, a
    // simulated cluster that is half busy sends a third of its requests away from their rows.
    private const long Slack = 4096;

    // Of a server that says nothing for so many intervals, and at least for so long, nobody knows whether it is there.
    private const int MissedReports = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<SiloAddress, Node> _nodes = [];
    private readonly PlaceMemory<SiloAddress> _moved = new(RememberedKeys);
    private readonly PlaceMemory<SiloAddress> _last = new(RememberedKeys);
    private readonly List<(ulong Key, SiloAddress Node)> _news = [];
    private readonly PlacementRule _rule;
    private readonly TimeProvider _time;
    private readonly TimeSpan _silence;
    private readonly LoadLedger _own;
    private SiloAddress? _self;

    public NodeTable(AloraClusterOptions options, LoadLedger own, TimeProvider time)
    {
        _rule = new PlacementRule(options.LoadFactor, Slack);
        _silence = TimeSpan.FromTicks(Math.Max(options.ReportInterval.Ticks * MissedReports, Patience.Ticks));
        _own = own;
        _time = time;
    }

    /// <summary>This server; null until it has joined, and again once it is no member anymore.</summary>
    public SiloAddress? Self
    {
        get
        {
            lock (_gate)
            {
                return _self;
            }
        }
    }

    /// <summary>The servers that are members, this one among them.</summary>
    public IReadOnlyList<SiloAddress> Members
    {
        get
        {
            lock (_gate)
            {
                return [.. _nodes.Keys];
            }
        }
    }

    /// <summary>What members last said, this one's left out.</summary>
    public IReadOnlyList<NodeReport> Reports
    {
        get
        {
            lock (_gate)
            {
                return [.. _nodes.Values.Select(node => node.Report).OfType<NodeReport>()];
            }
        }
    }

    /// <summary>Says who is a member.</summary>
    /// <param name="self">This server; null while it is none.</param>
    /// <param name="members">All of them.</param>
    public void SetMembers(SiloAddress? self, IReadOnlyCollection<SiloAddress> members)
    {
        lock (_gate)
        {
            _self = self is not null && members.Contains(self) ? self : null;
            foreach (SiloAddress gone in _nodes.Keys.Except(members).ToArray())
            {
                _nodes.Remove(gone);
            }

            foreach (SiloAddress member in members)
            {
                _nodes.TryAdd(member, new Node(RendezvousHash.NodeOf(member.Endpoint.ToString())));
            }
        }
    }

    /// <summary>Whether a server is a member.</summary>
    public bool IsMember(SiloAddress node)
    {
        lock (_gate)
        {
            return _nodes.ContainsKey(node);
        }
    }

    /// <summary>Takes what another server says of itself.</summary>
    public void Take(NodeReport report)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue(report.Node, out Node? node) || node.Report is { } known && known.Number >= report.Number)
            {
                return;
            }

            node.Report = report;
            node.Heard = _time.GetTimestamp();
            node.SentThen = node.Sent;
        }

        for (int i = 0; i < Math.Min(report.MovedKeys.Length, report.MovedTo.Length); i++)
        {
            _moved.Set(report.MovedKeys[i], report.MovedTo[i]);
        }
    }

    /// <summary>Passes a server over until it reports again: it did not answer.</summary>
    public void Suspect(SiloAddress node)
    {
        lock (_gate)
        {
            if (_nodes.TryGetValue(node, out Node? found))
            {
                found.Heard = null;
            }
        }
    }

    /// <summary>Whether <see cref="TakeNews"/> has any.</summary>
    public bool HasNews
    {
        get
        {
            lock (_gate)
            {
                return _news.Count > 0;
            }
        }
    }

    /// <summary>Keys that this server sent elsewhere than their hash says since it last asked.</summary>
    public IReadOnlyList<(ulong Key, SiloAddress Node)> TakeNews()
    {
        lock (_gate)
        {
            (ulong, SiloAddress)[] news = [.. _news];
            _news.Clear();
            return news;
        }
    }

    /// <summary>Counts units that this server sends to another one, until what is returned is disposed.</summary>
    public IDisposable Send(SiloAddress node, long cost)
    {
        lock (_gate)
        {
            return _nodes.TryGetValue(node, out Node? found) ? new Sending(this, found, cost) : new Sending(this, null, cost);
        }
    }

    /// <summary>Chooses where a request is computed.</summary>
    /// <param name="key">The routing key.</param>
    /// <param name="cost">What it adds.</param>
    /// <param name="fingerprint">This server's model.</param>
    /// <param name="takesOwn">Whether this server's own engine takes requests.</param>
    /// <param name="except">Servers that will not do.</param>
    /// <returns>The server; null for this one's own engine, also where no other is there.</returns>
    public Place Choose(
        ulong key, long cost, string fingerprint, bool takesOwn = true, IReadOnlyCollection<SiloAddress>? except = null)
    {
        SiloAddress? moved = _moved.Find(key);
        SiloAddress? previous = _last.Find(key) ?? moved;
        lock (_gate)
        {
            List<SiloAddress> names = [];
            List<Candidate> candidates = [];
            foreach ((SiloAddress name, Node node) in _nodes)
            {
                bool isOwn = name.Equals(_self);
                if ((isOwn ? takesOwn : IsReady(node, fingerprint)) && except?.Contains(name) != true)
                {
                    names.Add(name);
                    candidates.Add(new Candidate(node.Hash, isOwn ? _own.Load : node.Load));
                }
            }

            if (candidates.Count == 0 || _self is null)
            {
                return new Place(null, null);
            }

            int last = moved is null ? -1 : names.IndexOf(moved);
            (int chosen, int first) = _rule.Choose(
                key, cost, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(candidates), last);
            SiloAddress place = names[chosen];
            Remember(key, place, isMoved: chosen != first);
            return new Place(
                place.Equals(_self) ? null : place,
                previous is not null && !previous.Equals(place) && CanGive(previous) ? previous : null);
        }
    }

    private void Remember(ulong key, SiloAddress place, bool isMoved)
    {
        _last.Set(key, place);
        if (!isMoved)
        {
            _moved.Remove(key);
        }
        else if (_moved.Set(key, place) && _news.Count < MostMovedKeys)
        {
            _news.Add((key, place));
        }
    }

    private bool IsReady(Node node, string fingerprint) =>
        node is { Report: { IsReady: true } report } && report.Fingerprint == fingerprint && IsHeard(node);

    // One that stops may still give what it has; whoever waited for one that stands still would wait for nothing.
    private bool CanGive(SiloAddress name) => _nodes.TryGetValue(name, out Node? node) && (name.Equals(_self) || IsHeard(node));

    private bool IsHeard(Node node) => node.Heard is { } heard && _time.GetElapsedTime(heard) < _silence;

    private sealed class Node(ulong hash)
    {
        public ulong Hash => hash;

        public NodeReport? Report { get; set; }

        /// <summary>When it last reported; null while it is suspected.</summary>
        public long? Heard { get; set; }

        /// <summary>Units that this server has sent it and that have not ended.</summary>
        public long Sent { get; set; }

        /// <summary>The same when it last reported, and thus a part of what it reported.</summary>
        public long SentThen { get; set; }

        public long Load => Math.Max(0, (Report?.Load ?? 0) + Sent - SentThen);
    }

    private sealed class Sending : IDisposable
    {
        private readonly NodeTable _table;
        private readonly long _cost;
        private Node? _node;

        // The table's lock is held.
        public Sending(NodeTable table, Node? node, long cost)
        {
            _table = table;
            _node = node;
            _cost = cost;
            if (node is not null)
            {
                node.Sent += cost;
            }
        }

        public void Dispose()
        {
            lock (_table._gate)
            {
                if (_node is not null)
                {
                    _node.Sent -= _cost;
                    _node = null;
                }
            }
        }
    }
}

/// <summary>Where a request is computed.</summary>
/// <param name="Node">The server; null for this one's own engine.</param>
/// <param name="Previous">The server that had the conversation before, if that is another one and is still there.</param>
internal readonly record struct Place(SiloAddress? Node, SiloAddress? Previous);
