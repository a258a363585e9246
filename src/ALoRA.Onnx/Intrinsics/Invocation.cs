using System.Diagnostics;
using System.Numerics.Tensors;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Intrinsics;

/// <summary>One run of an adapter on a conversation's sequence, which is afterwards as it was: same ids, same rows of the base, same logits.</summary>
internal sealed class Invocation(AloraModel model, Sequence conversation, InvocationOptions options, SamplingSettings settings)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Runs the adapter.</summary>
    /// <param name="name">Name of the adapter, for the result.</param>
    /// <param name="activation">The adapter and its start within conversation and appended ids.</param>
    /// <param name="appended">Instruction and invocation tokens.</param>
    /// <param name="choices">Ids of the choices.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens.</param>
    public IntrinsicResult Run(string name, PendingActivation activation, ReadOnlySpan<int> appended, int[] choices, CancellationToken cancellationToken) =>
        activation.Adapter is { Kind: AdapterKind.Lora }
            ? RunOnOwnCache(name, activation, appended, choices, cancellationToken)
            : RunOnSharedCache(name, activation, appended, choices, cancellationToken);

    private IntrinsicResult RunOnSharedCache(string name, PendingActivation activation, ReadOnlySpan<int> appended, int[] choices, CancellationToken cancellationToken)
    {
        int length = conversation.Length;
        int reused = Math.Min(conversation.ComputedLength, activation.Start);
        conversation.ComputeSampled(cancellationToken);

        if (activation.Start >= length + appended.Length)
        {
            return RunOnFork(name, activation, appended, choices, reused, cancellationToken);
        }

        bool isLong = conversation.IsLongContext;
        using KvRows? overwritten = activation.Start < length ? conversation.Cache.Save(activation.Start) : null;
        try
        {
            conversation.RewindCache(Math.Min(activation.Start, length));
            activation.ApplyTo(conversation);
            conversation.Append(appended);
            reused = Math.Min(reused, conversation.ComputedLength);
            return Answer(conversation, name, activation.Start, reused, choices, cancellationToken);
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
    private IntrinsicResult RunOnFork(string name, PendingActivation activation, ReadOnlySpan<int> appended, int[] choices, int reused, CancellationToken cancellationToken)
    {
        using Sequence fork = conversation.Fork();
        activation.ApplyTo(fork);
        fork.Append(appended);
        return Answer(fork, name, activation.Adapter is null ? null : activation.Start, reused, choices, cancellationToken);
    }

    // Rows that a plain LoRA reads must all be its own, and none of them may ever serve the base.
    private IntrinsicResult RunOnOwnCache(string name, PendingActivation activation, ReadOnlySpan<int> appended, int[] choices, CancellationToken cancellationToken)
    {
        using Sequence own = new(model.Session);
        activation.ApplyTo(own);
        own.Append(conversation.TokenSpan);
        own.Append(appended);
        return Answer(own, name, start: 0, reused: 0, choices, cancellationToken);
    }

    private IntrinsicResult Answer(Sequence sequence, string name, int? start, int reused, int[] choices, CancellationToken cancellationToken)
    {
        using TextGenerator generator = model.CreateGenerator(sequence, settings, _started, reused);
        ChoiceProbability[] probabilities = Probabilities(choices.Length == 0 ? default : sequence.LastLogits(cancellationToken), choices);
        GenerationResult answer = generator.ToEnd(cancellationToken);
        return new IntrinsicResult
        {
            Adapter = name,
            Text = answer.Text,
            Tokens = answer.Tokens,
            Logprobs = answer.Logprobs,
            FinishReason = answer.FinishReason,
            ActivationPosition = start,
            Choices = probabilities,
            Usage = answer.Usage,
        };
    }

    private ChoiceProbability[] Probabilities(ReadOnlySpan<float> logits, int[] choices)
    {
        double[] values = new double[choices.Length];
        for (int i = 0; i < choices.Length; i++)
        {
            values[i] = logits[choices[i]];
        }

        if (values.Length > 0)
        {
            TensorPrimitives.SoftMax(values, values);
        }

        ChoiceProbability[] probabilities = new ChoiceProbability[choices.Length];
        for (int i = 0; i < choices.Length; i++)
        {
            probabilities[i] = new ChoiceProbability(options.Choices[i], choices[i], values[i]);
        }

        return probabilities;
    }
}
