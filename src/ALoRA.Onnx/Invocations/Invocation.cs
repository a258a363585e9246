using System.Diagnostics;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Invocations;

/// <summary>
/// One run of an adapter on a conversation's sequence, which is afterwards as it was: same ids, same rows of the base, same logits.
/// </summary>
internal sealed class Invocation(LoadedModel model, Sequence conversation, PreparedInvocation prepared)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Asks an adapter about a whole prompt, of which a conversation may have a prefix; it is afterwards as it was.</summary>
    public static IntrinsicResult AskAboutPrompt(
        LoadedModel model,
        Sequence conversation,
        string adapter,
        ReadOnlySpan<int> prompt,
        InvocationOptions options,
        CancellationToken cancellationToken)
    {
        CheckBase(conversation);
        int common = conversation.TokenSpan.CommonPrefixLength(prompt);
        options = options with { InstructionTokens = prompt[common..].ToArray() };
        if (common == conversation.Length)
        {
            return Ask(model, conversation, adapter, options, cancellationToken);
        }

        // What the conversation has beyond the prompt must not be lost.
        using Sequence fork = conversation.Fork();
        fork.Rewind(common);
        return Ask(model, fork, adapter, options, cancellationToken);
    }

    /// <summary>Asks an adapter about a conversation, which is afterwards as it was.</summary>
    public static IntrinsicResult Ask(
        LoadedModel model, Sequence conversation, string adapter, InvocationOptions options, CancellationToken cancellationToken)
    {
        CheckBase(conversation);
        using PreparedInvocation prepared = PreparedInvocation.Prepare(model, conversation, adapter, options);
        IntrinsicResult result = new Invocation(model, conversation, prepared).Run(cancellationToken);
        model.Logger.Invoked(result);
        return result;
    }

    /// <summary>Runs the adapter.</summary>
    /// <param name="cancellationToken">Cancels between chunks and tokens.</param>
    public IntrinsicResult Run(CancellationToken cancellationToken) =>
        prepared.Activation.Adapter is { Kind: AdapterKind.Lora } ? RunOnOwnCache(cancellationToken) : RunOnSharedCache(cancellationToken);

    private static void CheckBase(Sequence conversation) => conversation.CheckBase("Invoking an adapter");

    private IntrinsicResult RunOnSharedCache(CancellationToken cancellationToken)
    {
        PendingActivation activation = prepared.Activation;
        int length = conversation.Length;
        int reused = Math.Min(conversation.ComputedLength, activation.Start);
        conversation.ComputeSampled(cancellationToken);

        if (activation.Start >= length + prepared.Appended.Length)
        {
            return RunOnFork(reused, cancellationToken);
        }

        bool isLong = conversation.IsLongContext;
        using KvRows? overwritten = activation.Start < length ? conversation.Cache.Save(activation.Start) : null;
        try
        {
            conversation.RewindCache(Math.Min(activation.Start, length));
            activation.ApplyTo(conversation, thrownAwayFrom: length);
            conversation.Append(prepared.Appended);
            reused = Math.Min(reused, conversation.ComputedLength);
            return Answer(conversation, activation.Start, reused, cancellationToken);
        }
        finally
        {
            conversation.Deactivate();
            conversation.Rewind(length);
            if (conversation.IsLongContext == isLong)
            {
                overwritten?.Restore();
            }
            else
            {
                // The answer made the context so long that all rows were computed anew, in another rotation than those put aside.
                conversation.RewindCache(Math.Min(activation.Start, conversation.ComputedLength));
            }
        }
    }

    // The prompt ends with a row of the base, whose logits would replace those that the conversation still needs.
    private IntrinsicResult RunOnFork(int reused, CancellationToken cancellationToken)
    {
        using Sequence fork = conversation.Fork();
        prepared.Activation.ApplyTo(fork);
        fork.Append(prepared.Appended);
        return Answer(fork, prepared.Activation.Adapter is null ? null : prepared.Activation.Start, reused, cancellationToken);
    }

    // Rows that a plain LoRA reads must all be its own, and none of them may ever serve the base.
    private IntrinsicResult RunOnOwnCache(CancellationToken cancellationToken)
    {
        using Sequence own = new(model.Session);
        prepared.Activation.ApplyTo(own);
        own.Append(conversation.TokenSpan);
        own.Append(prepared.Appended);
        return Answer(own, start: 0, reused: 0, cancellationToken);
    }

    private IntrinsicResult Answer(Sequence sequence, int? start, int reused, CancellationToken cancellationToken)
    {
        using AnswerGenerator answer = new(model, prepared, sequence, _started, reused);
        answer.ToEnd(cancellationToken);
        return answer.Result(start);
    }
}
