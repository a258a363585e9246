using System.Numerics.Tensors;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Invocations;

/// <summary>The answer of an adapter, token by token: probabilities of the choices first, then the generation.</summary>
internal sealed class AnswerGenerator : IDisposable
{
    private readonly PreparedInvocation _invocation;
    private readonly ITokenSequence _sequence;
    private readonly TextGenerator _generator;
    private readonly CollectedGeneration _generation = new();
    private ChoiceProbability[]? _probabilities;

    /// <summary>Prepares an answer behind a sequence that ends with the invocation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="invocation">What is asked.</param>
    /// <param name="sequence">The sequence that grows; not owned.</param>
    /// <param name="started">Timestamp of the operation's start.</param>
    /// <param name="reused">Prompt tokens that were in the cache at the start.</param>
    public AnswerGenerator(LoadedModel model, PreparedInvocation invocation, ITokenSequence sequence, long started, int reused)
    {
        _invocation = invocation;
        _sequence = sequence;
        _generator = model.CreateGenerator(sequence, invocation.Settings, started, reused);
    }

    /// <summary>Whether there is nothing more to generate.</summary>
    public bool IsFinished => _generation.Result is not null;

    /// <summary>Generates one more token, and those that are known without logits.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Next(CancellationToken cancellationToken)
    {
        _probabilities ??= Probabilities(_invocation.Choices.Length == 0 ? default : _sequence.LastLogits(cancellationToken));
        do
        {
            _generation.Add(_generator.Next(cancellationToken));
        }
        while (!IsFinished && _generator.IsNextForced);
    }

    /// <summary>Generates all that is left.</summary>
    /// <inheritdoc cref="Next"/>
    public void ToEnd(CancellationToken cancellationToken)
    {
        while (!IsFinished)
        {
            Next(cancellationToken);
        }
    }

    /// <summary>The finished answer.</summary>
    /// <param name="start">First adapted position; null for none.</param>
    /// <param name="branches">Invocations that were computed in the same runs.</param>
    public IntrinsicResult Result(int? start, int branches = 1) => new()
    {
        Adapter = _invocation.Name,
        Text = _generation.Result!.Text,
        Tokens = _generation.Result.Tokens,
        Logprobs = _generation.Result.Logprobs,
        FinishReason = _generation.Result.FinishReason,
        ActivationPosition = start,
        Choices = _probabilities!,
        Usage = _generation.Result.Usage with { Branches = branches },
    };

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();

    private ChoiceProbability[] Probabilities(ReadOnlySpan<float> logits)
    {
        int[] choices = _invocation.Choices;
        double[] values = new double[choices.Length];
        for (int i = 0; i < choices.Length; i++)
        {
            values[i] = logits[choices[i]];
        }

        if (values.Length > 0)
        {
            TensorPrimitives.SoftMax(values, values);
        }

        return [.. choices.Select((choice, i) => new ChoiceProbability(_invocation.ChoiceTexts[i], choice, values[i]))];
    }
}
