using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Server.Tests;

/// <summary>
/// Answers that stand still once all of them have begun and one has so many tokens, so that they can be looked at while they run. Disposed,
/// it lets them go on.
/// </summary>
/// <param name="answers">How many there are.</param>
/// <param name="tokens">Tokens of the one that has most.</param>
internal sealed class HeldAnswers(int answers, int tokens) : IDisposable
{
    private const int Longest = 400;

    private readonly TaskCompletionSource _released = new();
    private int _begun;

    /// <summary>Asks for one, which the caller disposes after this.</summary>
    public EngineAnswer Submit(OpenedModel opened, string prompt, string? adapter, string? tenant)
    {
        int[] ids = opened.Model.Tokenizer.Encode(prompt);
        return opened.Engine.Submit(new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted(
                [.. ids, .. adapter is null ? [] : opened.Model.Adapters.Get(adapter).InvocationTokens]),
            Adapter = adapter,
            ActivationPosition = adapter is null ? null : ids.Length,
            Tenant = tenant,
            Generation = new GenerationOptions
            {
                MaxNewTokens = Longest,
                IgnoreEndOfText = true,
                LogitsProcessors = [_ => new Holder(this)],
            },
        });
    }

    public void Dispose() => _released.TrySetResult();

    private void Wait(int chosen)
    {
        if (chosen == 1)
        {
            Interlocked.Increment(ref _begun);
        }

        if (chosen >= tokens && Volatile.Read(ref _begun) == answers)
        {
            _released.Task.Wait();
        }
    }

    private sealed class Holder(HeldAnswers owner) : ILogitsProcessor
    {
        private int _chosen;

        public void Process(ReadOnlySpan<int> ids, Span<float> logits) => owner.Wait(_chosen++);
    }
}
