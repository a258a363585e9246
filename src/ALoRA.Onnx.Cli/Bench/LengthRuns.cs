using System.Diagnostics;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Single runs of a model at one length, each on the same conversation, which is afterwards as it was.</summary>
internal sealed class LengthRuns : IDisposable
{
    private readonly BenchmarkPlan _plan;
    private readonly ReadOnlyMemory<int> _tokens;
    private readonly CancellationToken _cancellationToken;
    private readonly Conversation _conversation;
    private readonly GenerationOptions _decode =
        GenerationParameters.WithDefaults(new GenerationOptions { MaxNewTokens = BenchmarkPlan.DecodeTokens, IgnoreEndOfText = true });
    private readonly string[] _aloras;

    /// <summary>Starts an empty conversation.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="plan">What is measured.</param>
    /// <param name="tokens">The conversation's content.</param>
    /// <param name="cancellationToken">Cancels each run.</param>
    public LengthRuns(BenchmarkSubject subject, BenchmarkPlan plan, ReadOnlyMemory<int> tokens, CancellationToken cancellationToken)
    {
        Subject = subject;
        _plan = plan;
        _tokens = tokens;
        _cancellationToken = cancellationToken;
        AdapterRegistry adapters = subject.Model.Adapters;
        _aloras = plan.Fanout == 0 ? [] : [.. adapters.Names.Where(name => adapters.Get(name).Kind == AdapterKind.Alora)];
        _conversation = subject.Model.CreateConversation();
    }

    /// <summary>The model.</summary>
    public BenchmarkSubject Subject { get; }

    /// <summary>Computes the whole conversation: tokens a second.</summary>
    public async Task<double> PrefillAsync()
    {
        _conversation.Rewind(0);
        long started = Stopwatch.GetTimestamp();
        await _conversation.AppendAsync(_tokens, _cancellationToken);
        return _tokens.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Generates behind it: tokens a second.</summary>
    public async Task<double> DecodeAsync()
    {
        GenerationResult result = await _conversation.GenerateToEndAsync(_decode, _cancellationToken);
        _conversation.Rewind(_tokens.Length);
        return 1 / result.Usage.TimePerToken.TotalSeconds;
    }

    /// <summary>Generates an answer of the intrinsic behind it, of as many tokens as there is room for: tokens a second.</summary>
    public async Task<double> AdaptedDecodeAsync()
    {
        int invocation = Subject.Model.Adapters.Get(_plan.Adapter!).InvocationTokens.Count;
        int room = Subject.Model.Manifest.MaxPositions - _tokens.Length - invocation;
        IntrinsicResult result = await _conversation.InvokeAsync(
            _plan.Adapter!, Options(Math.Min(BenchmarkPlan.DecodeTokens, room)), _cancellationToken);
        return 1 / result.Usage.TimePerToken.TotalSeconds;
    }

    /// <summary>Asks the intrinsic: milliseconds to its first token.</summary>
    public Task<double> AloraAsync() => FirstTokenAsync(_plan.Adapter!, Options(tokens: 1));

    /// <summary>Asks it as a plain LoRA, which gets the same tokens to read: milliseconds to its first token.</summary>
    public Task<double> LoraAsync() => _plan.Lora is null
        ? FirstTokenAsync(_plan.Adapter!, Options(tokens: 1) with { ActivationPosition = 0 })
        : FirstTokenAsync(
            _plan.Lora, Options(tokens: 1) with { InstructionTokens = [.. Subject.Model.Adapters.Get(_plan.Adapter!).InvocationTokens] });

    /// <summary>Asks all intrinsics of the fan-out at once: milliseconds until each has its first token.</summary>
    public async Task<double> FirstOfAllAsync()
    {
        IReadOnlyList<IntrinsicResult> results = await _conversation.InvokeAllAsync(Invocations(tokens: 1), _cancellationToken);
        return results.Max(result => result.Usage.TimeToFirstToken).TotalMilliseconds;
    }

    /// <summary>Asks the intrinsics of the fan-out for whole answers, one after another: milliseconds of one.</summary>
    public async Task<double> AloneAsync()
    {
        AdapterInvocation[] invocations = Invocations(BenchmarkPlan.AnswerTokens);
        long started = Stopwatch.GetTimestamp();
        foreach (AdapterInvocation invocation in invocations)
        {
            await _conversation.InvokeAsync(invocation.Adapter, invocation.Options, _cancellationToken);
        }

        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / invocations.Length;
    }

    /// <summary>Asks them for whole answers at once: milliseconds of all.</summary>
    public async Task<double> TogetherAsync()
    {
        AdapterInvocation[] invocations = Invocations(BenchmarkPlan.AnswerTokens);
        long started = Stopwatch.GetTimestamp();
        await _conversation.InvokeAllAsync(invocations, _cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Records the cache's size and frees it.</summary>
    public void Dispose()
    {
        Subject.AddCache(_conversation.CacheBytes);
        _conversation.Dispose();
    }

    private AdapterInvocation[] Invocations(int tokens) =>
        [.. Enumerable.Range(0, _plan.Fanout).Select(i => new AdapterInvocation(_aloras[i % _aloras.Length], Options(tokens)))];

    private InvocationOptions Options(int tokens) => new() { Generation = _decode with { MaxNewTokens = tokens } };

    private async Task<double> FirstTokenAsync(string adapter, InvocationOptions options) =>
        (await _conversation.InvokeAsync(adapter, options, _cancellationToken)).Usage.TimeToFirstToken.TotalMilliseconds;
}
