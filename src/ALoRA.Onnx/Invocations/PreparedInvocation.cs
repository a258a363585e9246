using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Files;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Invocations;

/// <summary>
/// An invocation whose options were checked and turned into ids, a start and settings. Gives the adapter's lease back unless a sequence
/// took it over.
/// </summary>
/// <param name="Name">Name of the adapter, for the result.</param>
/// <param name="Activation">The adapter and its start within conversation and appended ids.</param>
/// <param name="Appended">Instruction and invocation tokens.</param>
/// <param name="Choices">Ids of the choices.</param>
/// <param name="ChoiceTexts">The choices as they were asked for.</param>
/// <param name="Settings">How the answer is generated.</param>
internal sealed record PreparedInvocation(
    string Name,
    PendingActivation Activation,
    int[] Appended,
    int[] Choices,
    IReadOnlyList<string> ChoiceTexts,
    SamplingSettings Settings) : IDisposable
{
    /// <summary>Checks everything before anything is computed, and takes a lease on the adapter.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequence">The conversation that is asked about; not changed.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <param name="options">How it is invoked.</param>
    /// <returns>The invocation, which the caller disposes.</returns>
    public static PreparedInvocation Prepare(LoadedModel model, Sequence sequence, string name, InvocationOptions options)
    {
        OptionRange.Require(
            options.ActivationOffset is null or (>= -1 and <= 1),
            nameof(InvocationOptions.ActivationOffset),
            options.ActivationOffset,
            "-1, 0 or 1");
        GenerationDefaults greedy = new()
        {
            StopTokens = model.GenerationDefaults.StopTokens,
            MaxNewTokens = model.GenerationDefaults.MaxNewTokens,
        };
        SamplingSettings settings = SamplingSettings.Resolve(options.Generation, greedy);
        model.CheckText(settings);
        int[] choices = [.. options.Choices.Select(model.SingleTokenOf)];
        PendingActivation activation = Activate(model, sequence, name, options, out int[] appended);
        return new PreparedInvocation(name, activation, appended, choices, options.Choices, settings);
    }

    /// <inheritdoc/>
    public void Dispose() => Activation.Dispose();

    private static PendingActivation Activate(
        LoadedModel model, Sequence sequence, string name, InvocationOptions options, out int[] appended)
    {
        AdapterLease lease = model.Adapters.Acquire(name);
        try
        {
            bool appendsInvocation = lease.Adapter.Kind == AdapterKind.Alora && options.Placement == InvocationPlacement.Appended;
            appended =
            [
                .. options.Instruction is null ? [] : model.Tokenizer.Encode(options.Instruction),
                .. options.InstructionTokens,
                .. appendsInvocation ? lease.Adapter.InvocationTokens : [],
            ];
            sequence.CheckIds(appended);
            sequence.CheckRoom(appended.Length);
            int[] prompt = [.. sequence.TokenSpan, .. appended];
            if (prompt.Length == (appendsInvocation ? lease.Adapter.InvocationTokens.Count : 0))
            {
                throw new InvalidOperationException(
                    "The conversation is empty; there is nothing to ask the adapter about. Append a prompt first.");
            }

            OptionRange.Require(
                options.ActivationPosition is null || (uint)options.ActivationPosition < (uint)prompt.Length,
                nameof(InvocationOptions.ActivationPosition),
                options.ActivationPosition,
                $"from 0 to {prompt.Length - 1}, within conversation, instruction and invocation");

            int? start = options.ActivationPosition
                ?? (lease.Adapter.Kind == AdapterKind.Lora || appendsInvocation
                    ? null
                    : TrustedInvocation.StartIn(model, sequence, prompt, lease.Adapter, options.ActivationOffset));
            return PendingActivation.Find(
                lease, start == -1 ? [] : prompt, start == -1 ? null : start, options.ActivationOffset, options.AllowMissingInvocation,
                model.TextOf);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }
}
