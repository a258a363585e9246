using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>Answers that a test writes, one after the other; behind them the engine's own.</summary>
internal sealed class WrittenSource(params string[] answers) : IAnswerSource
{
    private readonly ConcurrentQueue<string> _answers = new(answers);

    /// <summary>What was submitted, with the prompts as text.</summary>
    public ConcurrentQueue<(EngineRequest Request, string Prompt)> Asked { get; } = new();

    /// <summary>How many answers were disposed.</summary>
    public int Disposed => _disposed;

    /// <summary>Why written answers end.</summary>
    public FinishReason Reason { get; init; } = FinishReason.StopToken;

    /// <summary>What happens before the token of an index.</summary>
    public Func<int, CancellationToken, Task> Before { get; init; } = (_, _) => Task.CompletedTask;

    private int _disposed;

    public RunningAnswer Start(OpenedModel opened, EngineRequest request, CancellationToken cancellationToken)
    {
        Asked.Enqueue((request, opened.Model.Tokenizer.Decode(request.Prompt.Ids.Span)));
        if (!_answers.TryDequeue(out string? text))
        {
            return new EngineSource().Start(opened, request, cancellationToken);
        }

        TokenUsage prompt = new() { ReusedTokens = 3, ComputedTokens = request.Prompt.Ids.Length - 3 };
        return new RunningAnswer(WriteAsync(opened.Model.Tokenizer, text, cancellationToken), Task.FromResult(prompt), new Counter(this));
    }

    private async IAsyncEnumerable<GeneratedToken> WriteAsync(
        HfTokenizer tokenizer, string text, CancellationToken request,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(request, cancellationToken);
        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
        int[] ids = tokenizer.Encode(text);
        for (int i = 0; i < ids.Length; i++)
        {
            await Task.Yield();
            await Before(i, both.Token);
            bool isLast = i == ids.Length - 1;
            string piece = decoder.Append(ids[i]) ?? "";
            yield return new GeneratedToken
            {
                Id = ids[i],
                Text = isLast ? piece + decoder.Flush() : piece,
                FinishReason = isLast ? Reason : null,
                Usage = isLast ? new TokenUsage { GeneratedTokens = ids.Length } : null,
            };
        }
    }

    private sealed class Counter(WrittenSource source) : IAsyncDisposable
    {
        private int _isDisposed;

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            {
                Interlocked.Increment(ref source._disposed);
            }

            return ValueTask.CompletedTask;
        }
    }
}
