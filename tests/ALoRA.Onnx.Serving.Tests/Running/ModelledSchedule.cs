using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>
/// A modelled engine with readers, callers and cancellations that act at random wherever another thread can, all on one thread, so that a
/// seed is always the same schedule. Fails where a step does nothing although a request neither rests nor is over.
/// </summary>
internal sealed class ModelledSchedule : IDisposable
{
    private const int Context = 192;
    private const int MostRequests = 16;

    // Of steps that compute nothing: one that only admits, and some in which one after another gives its slot up.
    private const int MostWithoutRows = 8;

    private readonly AloraModel _model;
    private readonly Random _random;
    private readonly ModelledEngine _engine;
    private readonly List<int[]> _prefixes = [];
    private readonly List<LiveRequest> _unread = [];
    private readonly List<LiveRequest> _submitted = [];
    private readonly int _busy;
    private bool _isInside;

    public ModelledSchedule(AloraModel model, int seed)
    {
        _model = model;
        _random = new Random(seed);
        _busy = _random.Next(1, 12);
        for (int i = 0; i < 3; i++)
        {
            _prefixes.Add(Ids(_random.Next(10, 90)));
        }

        EngineOptions options = new()
        {
            MaxRows = _random.Next(1, 9),
            MaxContextTokens = Context,
            MaxAdaptersPerStep = _random.Next(1, 4),
            StepTime = TimeSpan.FromMilliseconds(_random.Next(1, 40)),
            ReservedTokens = _random.Next(1, 8),
            MaxUnreadTokens = _random.Next(4) == 0 ? 1024 : _random.Next(1, 8),
            MaxKeptPrompts = _random.Next(4) == 0 ? _random.Next(0, 4) : null,
            TimeProvider = new InterruptingTime(Interrupt),
        };
        FakeComputer computer = new(model.Loaded, _random, Interrupt) { FailsOnceIn = 2000, IsOneRun = seed % 2 == 1 };
        _engine = new ModelledEngine(
            model.Loaded, options, Sizes(), maxChunk: _random.Next(16, 200), acrossScopes: _random.Next(2) == 0, computer);
    }

    /// <summary>Steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Rests of requests so far.</summary>
    public int Rests { get; private set; }

    /// <summary>Figures of now.</summary>
    public EngineStatistics Statistics => _engine.Statistics;

    /// <summary>Runs until all requests have ended.</summary>
    public void Run()
    {
        int withoutRows = 0;
        while (_submitted.Count < MostRequests || _engine.Requests.Count > 0 || !_engine.IsQueueEmpty)
        {
            Interrupt();
            long before = _engine.Steps;
            bool works = _engine.Step();
            Steps++;
            Rests += _engine.Requests.Count(request => request.RestsSince is not null);
            withoutRows = _engine.IsWanted && _engine.Steps == before ? withoutRows + 1 : 0;
            Assert.IsTrue(works || !_engine.IsWanted, $"A step does nothing: {_engine}");
            Assert.IsLessThanOrEqualTo(MostWithoutRows, withoutRows, $"Nothing is computed any more: {_engine}");
            if (!_engine.IsWanted)
            {
                // Nothing happens before somebody reads or comes.
                Act();
            }
        }

        foreach (LiveRequest request in _submitted)
        {
            Assert.IsTrue(request.IsOver);
        }

        Assert.AreEqual(0, Statistics.Running + Statistics.Waiting);
    }

    public void Dispose() => _engine.Dispose();

    private void Interrupt()
    {
        if (!_isInside && _random.Next(_busy) == 0)
        {
            Act();
        }
    }

    private void Act()
    {
        _isInside = true;
        switch (_random.Next(12))
        {
            case < 3 when _submitted.Count < MostRequests:
                Submit();
                break;
            case 3 when _unread.Count > 0 && _random.Next(4) == 0:
                _unread[_random.Next(_unread.Count)].Cancel();
                break;
            case 4 when _random.Next(40) == 0:
                Reload();
                break;
            case > 4 when _unread.Count > 0:
                Read(_unread[_random.Next(_unread.Count)], _random.Next(1, 5));
                break;
        }

        _isInside = false;
    }

    private void Read(LiveRequest request, int most)
    {
        while (most > 0 && request.TryTake(out GeneratedToken token))
        {
            most--;
        }

        if (request.IsOver && request.Unread == 0)
        {
            _unread.Remove(request);
        }
    }

    // Whoever is numbered first may come second.
    private void Submit()
    {
        LiveRequest first = Next();
        LiveRequest? second = _random.Next(3) == 0 ? Next() : null;
        foreach (LiveRequest? request in (LiveRequest?[])[second, first])
        {
            if (request is not null)
            {
                _submitted.Add(request);
                _unread.Add(request);
                _engine.Submit(request);
            }
        }
    }

    private LiveRequest Next()
    {
        int[] prefix = _prefixes[_random.Next(_prefixes.Count)];
        int[] prompt = [.. prefix[..(_random.Next(2) == 0 ? prefix.Length : _random.Next(1, prefix.Length))], .. Ids(_random.Next(0, 60))];
        string? adapter = _random.Next(3) == 0 ? null : DemoModel.AdapterNames[_random.Next(DemoModel.AdapterNames.Count)];
        IReadOnlyList<int> invocation = adapter is null ? [] : _model.Adapters.Get(adapter).InvocationTokens;
        return _engine.Prepare(new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted([.. prompt, .. invocation]),
            Adapter = adapter,
            ActivationPosition = invocation.Count > 0 ? prompt.Length : null,
            CacheScope = _random.Next(3) switch { 0 => null, 1 => "a", _ => "b" },
            Tenant = _random.Next(3) switch { 0 => "someone", 1 => "another", _ => null },
            Generation = new GenerationOptions
            {
                Temperature = 0,
                MaxNewTokens = _random.Next(1, _random.Next(2) == 0 ? 10 : 80),
                IgnoreEndOfText = true,
                Constraint = _random.Next(5) == 0 ? TokenConstraint.FromChoices(["yes", "no", "maybe not"]) : null,
            },
        });
    }

    private void Reload()
    {
        string name = DemoModel.AdapterNames[_random.Next(DemoModel.AdapterNames.Count)];
        try
        {
            _model.Adapters.Get(name);
            _model.Adapters.Unload(name);
        }
        catch (InvalidOperationException)
        {
            // A request uses it.
        }
    }

    private SlotSize[] Sizes() => _random.Next(4) switch
    {
        0 => [new SlotSize(_random.Next(1, 6), Context)],
        1 => [new SlotSize(_random.Next(1, 5), 48), new SlotSize(_random.Next(1, 4), 96), new SlotSize(_random.Next(1, 3), Context)],
        2 => [new SlotSize(_random.Next(1, 7), 64), new SlotSize(1, Context)],
        _ => [new SlotSize(_random.Next(2, 7), 40), new SlotSize(_random.Next(1, 4), 60), new SlotSize(_random.Next(1, 3), Context)],
    };

    private int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(10, 900))];
}
