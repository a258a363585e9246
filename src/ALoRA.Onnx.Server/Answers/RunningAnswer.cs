using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>An answer that is being generated; disposing it ends it.</summary>
/// <param name="Tokens">Its tokens, read once.</param>
/// <param name="Prompt">Tokens of the prompt that were found and that were computed; known with the first token.</param>
/// <param name="Owner">What ends it.</param>
internal sealed record RunningAnswer(IAsyncEnumerable<GeneratedToken> Tokens, Task<TokenUsage> Prompt, IAsyncDisposable Owner)
    : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Owner.DisposeAsync();
}

/// <summary>Where answers come from: the model's engine, or what a test writes.</summary>
internal interface IAnswerSource
{
    /// <summary>Asks for an answer, which the caller disposes.</summary>
    /// <exception cref="AloraBusyException">Too many requests wait already.</exception>
    RunningAnswer Start(OpenedModel opened, EngineRequest request, CancellationToken cancellationToken);
}

/// <summary>The model's engine.</summary>
internal sealed class EngineSource : IAnswerSource
{
    /// <inheritdoc/>
    public RunningAnswer Start(OpenedModel opened, EngineRequest request, CancellationToken cancellationToken)
    {
        EngineAnswer answer = opened.Engine.Submit(request, cancellationToken);
        return new RunningAnswer(answer, answer.PromptUsage, answer);
    }
}
