using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>Where answers come from: the model's engine, that of another machine, or what a test writes.</summary>
internal interface IAnswerSource
{
    /// <summary>Where the answers of one HTTP request come from, which should all come from one place.</summary>
    /// <param name="group">What the request asks for.</param>
    IAnswerSource For(AnswerGroup group) => this;

    /// <summary>Asks for an answer, which the caller disposes.</summary>
    /// <exception cref="AloraBusyException">Too many requests wait already.</exception>
    RunningAnswer Start(OpenedModel opened, EngineRequest request, CancellationToken cancellationToken);
}

/// <summary>All that one HTTP request asks for.</summary>
/// <param name="Opened">The model.</param>
/// <param name="Requests">What is asked, at least one.</param>
/// <param name="Beginning">What requests of this conversation have in common; null where only the prompts' ids tell.</param>
internal sealed record AnswerGroup(OpenedModel Opened, IReadOnlyList<EngineRequest> Requests, Func<string?>? Beginning);

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
