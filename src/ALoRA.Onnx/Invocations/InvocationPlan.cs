using ALoRA.Onnx.Files;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Invocations;

/// <summary>Turns the options of an invocation into ids, a start and settings, all checked before anything is computed.</summary>
internal sealed class InvocationPlan(AloraModel model, Sequence sequence, InvocationOptions options)
{
    /// <summary>Checks everything and takes a lease on the adapter.</summary>
    /// <param name="name">Name of the adapter.</param>
    /// <returns>The invocation, which the caller disposes.</returns>
    public PreparedInvocation Prepare(string name)
    {
        OptionRange.Require(options.ActivationOffset is null or (>= -1 and <= 1), nameof(InvocationOptions.ActivationOffset), options.ActivationOffset, "-1, 0 or 1");

        SamplingSettings settings = SamplingSettings.Resolve(
            options.Generation, new GenerationDefaults { StopTokens = model.GenerationDefaults.StopTokens, MaxNewTokens = model.GenerationDefaults.MaxNewTokens });
        model.CheckText(settings);
        int[] choices = [.. options.Choices.Select(model.SingleTokenOf)];
        PendingActivation activation = Activate(name, out int[] appended);
        return new PreparedInvocation(name, activation, appended, choices, options.Choices, settings);
    }

    /// <summary>Runs the adapter on the sequence, which is afterwards as it was.</summary>
    public IntrinsicResult Run(string name, CancellationToken cancellationToken)
    {
        using PreparedInvocation prepared = Prepare(name);
        return new Invocation(model, sequence, prepared).Run(cancellationToken);
    }

    /// <summary>Runs the adapter on a whole prompt, of which the sequence may have a prefix.</summary>
    public IntrinsicResult RunPrompt(string name, ReadOnlySpan<int> prompt, CancellationToken cancellationToken)
    {
        int common = sequence.TokenSpan.CommonPrefixLength(prompt);
        InvocationOptions rest = options with { InstructionTokens = prompt[common..].ToArray() };
        if (common == sequence.Length)
        {
            return new InvocationPlan(model, sequence, rest).Run(name, cancellationToken);
        }

        // What the sequence has beyond the prompt must not be lost.
        using Sequence fork = sequence.Fork();
        fork.Rewind(common);
        return new InvocationPlan(model, fork, rest).Run(name, cancellationToken);
    }

    private PendingActivation Activate(string name, out int[] appended)
    {
        Adapters.AdapterLease lease = model.Adapters.Acquire(name);
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
            if (prompt.Length == 0)
            {
                throw new InvalidOperationException("The conversation is empty; there is nothing to ask the adapter about. Append a prompt first.");
            }

            OptionRange.Require(
                options.ActivationPosition is null || (uint)options.ActivationPosition < (uint)prompt.Length,
                nameof(InvocationOptions.ActivationPosition),
                options.ActivationPosition,
                $"from 0 to {prompt.Length - 1}, within conversation, instruction and invocation");

            return PendingActivation.Find(lease, prompt, options.ActivationPosition, options.ActivationOffset, options.AllowMissingInvocation, model.TextOf);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }
}
