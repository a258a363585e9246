using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Invocations;

/// <summary>An invocation whose options were checked and turned into ids, a start and settings. Gives the adapter's lease back unless a sequence took it over.</summary>
/// <param name="Name">Name of the adapter, for the result.</param>
/// <param name="Activation">The adapter and its start within conversation and appended ids.</param>
/// <param name="Appended">Instruction and invocation tokens.</param>
/// <param name="Choices">Ids of the choices.</param>
/// <param name="ChoiceTexts">The choices as they were asked for.</param>
/// <param name="Settings">How the answer is generated.</param>
internal sealed record PreparedInvocation(
    string Name, PendingActivation Activation, int[] Appended, int[] Choices, IReadOnlyList<string> ChoiceTexts, SamplingSettings Settings) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Activation.Dispose();
}
