using System.Net;
using ALoRA.Onnx.Cluster.Answers;
using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx.Cluster.Tests.Answers;

/// <summary>Answers of servers that die, stop and refuse, with the demo model's engine behind them.</summary>
[TestClass]
public sealed class RemoteAnswerTests : IAsyncDisposable
{
    private const int Tokens = 12;

    private readonly SiloAddress[] _names = [.. Enumerable.Range(1, 3).Select(i => SiloAddress.New(IPAddress.Loopback, 20000 + i, 1))];
    private readonly ClusterMetrics _metrics = new();
    private AloraServer? _server;
    private ModelLease? _lease;
    private ScriptedNode[] _nodes = [];
    private ClusterSource? _source;
    private NodeTable? _table;
    private string _fingerprint = "";
    private long _reports;
    private Action? _beforeSubmit;

    [TestMethod]
    [DataRow(null)]
    [DataRow(17L)]
    public async Task Tokens_ServerDiesAtAnyToken_AreThoseOfAnUndisturbedRun(long? seed)
    {
        await StartAsync();
        GenerationOptions generation = new()
        {
            MaxNewTokens = Tokens,
            IgnoreEndOfText = true,
            Temperature = seed is null ? 0 : 1.2f,
            Seed = seed,
        };
        List<GeneratedToken> whole = await ReadAsync(generation);
        for (int i = 0; i < Tokens; i++)
        {
            _nodes[1].Limit = i;
            List<GeneratedToken> tokens = await ReadAsync(generation);
            CollectionAssert.AreEqual(whole.Select(Shown).ToArray(), tokens.Select(Shown).ToArray(), $"at {i}");
            Assert.AreEqual(i + 1, _metrics.Resumed);
            Assert.AreEqual(FinishReason.MaxNewTokens, tokens[^1].FinishReason);
        }
    }

    [TestMethod]
    [DataRow("HandsOver")]
    [DataRow("Refused")]
    [DataRow("Unknown")]
    public async Task Tokens_ServerThatWillNotGoOn_GoOnElsewhere(string state)
    {
        await StartAsync();
        GenerationOptions generation = new() { MaxNewTokens = Tokens, IgnoreEndOfText = true };
        List<GeneratedToken> whole = await ReadAsync(generation);
        _nodes[1].Limit = 5;
        _nodes[1].Instead = new RunBatch { State = Enum.Parse<RunState>(state), Fault = new FaultForm() };
        List<GeneratedToken> tokens = await ReadAsync(generation);
        CollectionAssert.AreEqual(whole.Select(Shown).ToArray(), tokens.Select(Shown).ToArray());
        Assert.AreEqual(state == "HandsOver" ? 1 : 0, _metrics.HandedOver);
        Assert.AreEqual(state == "Refused" ? 1 : 0, _metrics.Refused);
        Assert.AreEqual(state == "Unknown" ? 1 : 0, _metrics.Resumed);
    }

    [TestMethod]
    public async Task Tokens_RequestItselfFails_FailAndAreNotAskedForAgain()
    {
        await StartAsync();
        _nodes[1].Limit = 3;
        _nodes[1].Instead = new RunBatch { State = RunState.Failed, Fault = FaultForm.Of(new ArgumentException("It is wrong.")) };
        ApiError error = await Assert.ThrowsExactlyAsync<ApiError>(
            () => ReadAsync(new() { MaxNewTokens = Tokens, IgnoreEndOfText = true }));
        Assert.AreEqual(400, error.Status);
        Assert.AreEqual("It is wrong.", error.Message);
        Assert.HasCount(1, _nodes[1].Begun);
        Assert.IsEmpty(_nodes[2].Begun);
    }

    [TestMethod]
    public async Task Tokens_MoreServersDieThanAllowed_SayThatTheRequestMayBeSentAgain()
    {
        await StartAsync(new AloraClusterOptions { MaxResumes = 0 });
        _nodes[1].Limit = 3;
        ApiError error = await Assert.ThrowsExactlyAsync<ApiError>(
            () => ReadAsync(new() { MaxNewTokens = Tokens, IgnoreEndOfText = true }));
        Assert.AreEqual(503, error.Status);
        Assert.AreEqual("servers_died", error.Code);
    }

    [TestMethod]
    public async Task Tokens_AllOthersDie_EndOnTheOwnEngine()
    {
        await StartAsync();
        GenerationOptions generation = new() { MaxNewTokens = Tokens, IgnoreEndOfText = true };
        List<GeneratedToken> whole = await ReadAsync(generation);
        _nodes[1].Limit = 3;
        _nodes[2].Limit = 6;
        List<GeneratedToken> tokens = await ReadAsync(generation);
        CollectionAssert.AreEqual(whole.Select(Shown).ToArray(), tokens.Select(Shown).ToArray());
    }

    [TestMethod]
    [DataRow(true, 503, "adapter_replaced")]
    [DataRow(false, 404, "model_not_found")]
    public async Task Tokens_AdapterGoesWhileNobodyElseHasIt_SayWhatBecameOfIt(bool isReplaced, int status, string code)
    {
        await StartAsync();
        AdapterRegistry adapters = _lease!.Opened.Model.Adapters;
        string folder = Path.Combine(_lease.Opened.Model.Folder, "adapters");
        await adapters.LoadAsync(Path.Combine(folder, "certainty-lora"), "changing");
        foreach (ScriptedNode node in _nodes)
        {
            node.Limit = 0;
            node.Instead = new RunBatch { State = RunState.Refused, Fault = new FaultForm() };
        }

        RunningAnswer answer = Start(new() { MaxNewTokens = Tokens, IgnoreEndOfText = true }, "changing");
        adapters.Unload("changing");
        if (isReplaced)
        {
            await adapters.LoadAsync(Path.Combine(folder, "jailbreak-lora"), "changing");
        }

        ApiError error = await Assert.ThrowsExactlyAsync<ApiError>(async () => await answer.Tokens.GetAsyncEnumerator().MoveNextAsync());
        Assert.AreEqual((status, code), (error.Status, error.Code));
        Assert.AreEqual(error, await Assert.ThrowsExactlyAsync<ApiError>(() => answer.Prompt));
        await answer.DisposeAsync();
    }

    [TestMethod]
    public async Task Run_AdapterGoesBeforeItsFirstStep_IsRefusedAndNotTheRequestsFault()
    {
        await StartAsync();
        AdapterRegistry adapters = _lease!.Opened.Model.Adapters;
        await adapters.LoadAsync(Path.Combine(_lease.Opened.Model.Folder, "adapters", "certainty-lora"), "changing");
        RunEnvelope envelope = new()
        {
            Run = Guid.NewGuid(),
            Fingerprint = _fingerprint,
            Prompt = _lease.Opened.Model.Tokenizer.Encode("What is 47 + 38?").ToArray(),
            Adapter = "changing",
            AdapterHash = adapters.Get("changing").ContentHash,
            Generation = GenerationForm.Of(new GenerationOptions { MaxNewTokens = 1, Seed = 1 }),
        };
        _beforeSubmit = () => adapters.Unload("changing");
        RunBatch batch = await _nodes[1].Run(envelope);
        Assert.AreEqual(RunState.Refused, batch.State);
        Assert.AreEqual(404, batch.Fault?.Status);
    }

    [TestMethod]
    public async Task DisposeAsync_InTheMiddle_EndsTheRun()
    {
        await StartAsync();
        RunningAnswer answer = Start(new() { MaxNewTokens = 1000, IgnoreEndOfText = true });
        await foreach (GeneratedToken token in answer.Tokens)
        {
            break;
        }

        await answer.DisposeAsync();
        Assert.HasCount(1, _nodes[1].Cancelled);
        Assert.AreEqual(_nodes[1].Begun[^1].Run, _nodes[1].Cancelled[0]);
    }

    public async ValueTask DisposeAsync()
    {
        _lease?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private static (int Id, string Text, FinishReason? Reason) Shown(GeneratedToken token) => (token.Id, token.Text, token.FinishReason);

    private async Task StartAsync(AloraClusterOptions? options = null)
    {
        options = (options ?? new AloraClusterOptions()) with { ReportInterval = TimeSpan.FromHours(1) };
        _server = await AloraServer.StartAsync(
            new ServerOptions
            {
                Model = await DemoModel.FolderAsync(),
                Urls = "http://127.0.0.1:0",
                Provider = "cpu",
                Threads = 1,
                MeasureTime = TimeSpan.Zero,
            },
            builder => builder.Logging.ClearProviders());
        ServedModel served = _server.Services.GetRequiredService<ServedModel>();
        _lease = served.Lease();
        ModelIdentity identity = new();
        LoadLedger ledger = new();
        RecentPrompts recent = new();
        _table = new NodeTable(options, ledger, TimeProvider.System);
        HostedRuns runs = new(served, ledger, identity, new NoRows(() => _beforeSubmit?.Invoke()), recent, TimeProvider.System);
        _nodes = [.. _names.Select(_ => new ScriptedNode(runs))];
        _table.SetMembers(_names[0], _names);
        ClusterState state = new(served, new DrainGate(), identity, ledger, _table);
        _fingerprint = identity.Of(_lease.Opened);
        _source = new ClusterSource(
            _table, state, ledger, identity, new Nodes(this), options, _metrics, new NoRows(), recent, TimeProvider.System,
            NullLogger<ClusterSource>.Instance);
    }

    // A beginning whose conversation belongs to the server that is going to misbehave.
    private RunningAnswer Start(GenerationOptions generation, string? adapter = null)
    {
        foreach (SiloAddress name in _names.Skip(1))
        {
            _table!.Take(new NodeReport { Node = name, Fingerprint = _fingerprint, IsReady = true, Load = 0, Number = ++_reports });
        }

        EngineRequest request = new()
        {
            Prompt = EncodedPrompt.FromTrusted(_lease!.Opened.Model.Tokenizer.Encode("What is 47 + 38?")),
            Generation = generation,
            Adapter = adapter,
        };
        for (int i = 0; ; i++)
        {
            string beginning = $"{i}";
            AnswerGroup group = new(_lease.Opened, [request], () => beginning);
            ulong key = RoutingKey.Of(group);
            int first = Enumerable.Range(0, _names.Length).MaxBy(node => Cluster.Placement.RendezvousHash.Score(
                key, Cluster.Placement.RendezvousHash.NodeOf($"{_names[node].Endpoint}")));
            if (first == 1)
            {
                return _source!.For(group).Start(_lease.Opened, request, CancellationToken.None);
            }
        }
    }

    private async Task<List<GeneratedToken>> ReadAsync(GenerationOptions generation)
    {
        RunningAnswer answer = Start(generation);
        List<GeneratedToken> tokens = [];
        try
        {
            await foreach (GeneratedToken token in answer.Tokens)
            {
                tokens.Add(token);
            }

            return tokens;
        }
        finally
        {
            await answer.DisposeAsync();
        }
    }

    private sealed class Nodes(RemoteAnswerTests test) : INodes
    {
        public INodeService At(SiloAddress node) => test._nodes[Array.IndexOf(test._names, node)];
    }
}
