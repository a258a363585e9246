using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Peers;

/// <summary>This repository's engine, as a program has it.</summary>
internal sealed class EnginePeer : IPeer
{
    private const string Scope = "known";

    private readonly AloraModel _model;
    private readonly AloraEngine _engine;
    private int _scopes;

    public EnginePeer(string folder, int threads, int rows, int room)
    {
        _model = AloraModel.Open(folder, new AloraModelOptions
        {
            ExecutionProvider = ExecutionProvider.Cpu,
            IntraOpThreads = threads,
        });
        _engine = new AloraEngine(_model, new EngineOptions { MaxRows = rows, MaxContextTokens = room });
        Name = $"ALoRA.Onnx, {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}";
    }

    public string Name { get; }

    /// <summary>Elements of a head.</summary>
    public int HeadSize => _model.Manifest.HeadDim;

    /// <summary>Ids of the model's vocabulary.</summary>
    public int VocabularySize => _model.Manifest.VocabularySize;

    /// <summary>The invocation of an adapter.</summary>
    public IReadOnlyList<int> InvocationOf(string adapter) => _model.Adapters.Get(adapter).InvocationTokens;

    public double Prefill(int[] prompt)
    {
        long started = Stopwatch.GetTimestamp();
        Run(Submit(prompt, null, null, 1, NewScope()), []);
        return prompt.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public double Decode(int[] prompt, int tokens)
    {
        List<long> times = [];
        Run(Submit(prompt, null, null, tokens, Scope), times);
        return (times.Count - 1) / Stopwatch.GetElapsedTime(times[0], times[^1]).TotalSeconds;
    }

    public BatchRate Batch(IReadOnlyList<PeerRequest> requests, int tokens, bool known)
    {
        string scope = known ? Scope : NewScope();
        long started = Stopwatch.GetTimestamp();
        List<long>[] times = [.. requests.Select(_ => new List<long>())];
        Task<int>[] firsts = [.. requests.Select((request, i) => ReadAsync(
            Submit([.. request.Prefix, .. request.Own], request.Adapter,
                request.Adapter is null ? null : request.Prefix.Length + request.Own.Length - request.Invocation, tokens, scope),
            times[i]))];
        int[] first = Task.WhenAll(firsts).GetAwaiter().GetResult();
        long from = times.Max(row => row[0]);
        long to = times.Min(row => row[^1]);
        int decoded = times.Sum(row => row.Count(time => time > from && time <= to));
        double whole = times.Sum(row => row.Count) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new BatchRate(whole, decoded == 0 ? double.NaN : decoded / Stopwatch.GetElapsedTime(from, to).TotalSeconds, first);
    }

    public void Dispose()
    {
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _model.Dispose();
    }

    private static void Run(EngineAnswer answer, List<long> times) => ReadAsync(answer, times).GetAwaiter().GetResult();

    // Gives the first token.
    private static async Task<int> ReadAsync(EngineAnswer answer, List<long> times)
    {
        await using EngineAnswer owned = answer;
        int? first = null;
        await foreach (GeneratedToken token in owned)
        {
            first ??= token.Id;
            times.Add(Stopwatch.GetTimestamp());
        }

        return first ?? throw new InvalidOperationException("Expected an answer of at least one token, got none.");
    }

    private EngineAnswer Submit(int[] prompt, string? adapter, int? start, int tokens, string scope) => _engine.Submit(new EngineRequest
    {
        Prompt = EncodedPrompt.FromTrusted(prompt),
        Adapter = adapter,
        ActivationPosition = start,
        CacheScope = scope,
        Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = tokens, IgnoreEndOfText = true },
    });

    private string NewScope() => (++_scopes).ToString(CultureInfo.InvariantCulture);
}
