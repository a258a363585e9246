using System.Numerics.Tensors;

namespace ALoRA.Onnx.Sampling;

/// <summary>
/// Chooses the next id from a row of logits: processors, then the largest, a draw, or the caller's own sampler.
/// The order is documented at <see cref="GenerationOptions"/>. Not thread-safe; allocates only when created.
/// </summary>
internal sealed class Sampler
{
    private readonly ILogitsProcessor[] _processors;
    private readonly ITokenSampler? _own;
    private readonly CandidateDraw? _draw;
    private readonly float[] _row;

    /// <summary>Prepares a generation.</summary>
    /// <param name="settings">How ids are chosen.</param>
    /// <param name="context">The generation.</param>
    /// <param name="choice">The constraint's state, not owned; null if there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bias is about an id outside of the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">A factory gives null.</exception>
    public Sampler(SamplingSettings settings, GenerationContext context, ConstrainedChoice? choice = null)
    {
        _processors = Processors.Of(settings.Options, context, choice);
        if (settings.Options.Sampler is { } make)
        {
            _own = make(context)
                ?? throw new InvalidOperationException(
                    $"{nameof(GenerationOptions.Sampler)} made null. Return a sampler, or leave the factory out.");
        }
        else if (!settings.IsGreedy)
        {
            _draw = new CandidateDraw(settings.Options, context);
        }

        _row = _processors.Length > 0 || _draw is not null ? new float[context.VocabularySize] : [];
    }

    /// <summary>Chooses an id.</summary>
    /// <param name="tokens">All ids of the sequence so far; it only grows from call to call.</param>
    /// <param name="logits">The model's row, float32 <c>[vocab]</c>.</param>
    /// <param name="allowed">What the constraint leaves of it; the same where there is none.</param>
    /// <exception cref="InvalidOperationException">
    /// The logits hold no usable number, nothing is left, or an own sampler chooses an impossible id.
    /// </exception>
    public int Sample(ReadOnlySpan<int> tokens, ReadOnlySpan<float> logits, ReadOnlySpan<float> allowed)
    {
        ReadOnlySpan<float> scores = _processors.Length == 0 ? allowed : Process(tokens, logits);
        int best = TensorPrimitives.IndexOfMax(scores);
        if (!float.IsFinite(scores[best]))
        {
            throw Unusable(logits, scores, best);
        }

        return _own is not null ? Ask(_own, tokens, scores) : _draw is null ? best : _draw.Draw(scores, _row, scores[best], tokens.Length);
    }

    private Span<float> Process(ReadOnlySpan<int> tokens, ReadOnlySpan<float> logits)
    {
        logits.CopyTo(_row);
        foreach (ILogitsProcessor processor in _processors)
        {
            processor.Process(tokens, _row);
        }

        return _row;
    }

    private static int Ask(ITokenSampler sampler, ReadOnlySpan<int> tokens, ReadOnlySpan<float> scores)
    {
        int id = sampler.Sample(tokens, scores);
        if ((uint)id >= (uint)scores.Length)
        {
            throw new InvalidOperationException(
                $"{sampler.GetType()} chose the id {id}, but this model's ids are 0 to {scores.Length - 1}. Let it choose one of them.");
        }

        return !float.IsNegativeInfinity(scores[id])
            ? id
            : throw new InvalidOperationException(
                $"{sampler.GetType()} chose the id {id}, which is forbidden: the constraint or a processor left negative infinity "
                + "as its logit. Let it choose an id with a finite one.");
    }

    private InvalidOperationException Unusable(ReadOnlySpan<float> logits, ReadOnlySpan<float> scores, int best)
    {
        int bestOfModel = TensorPrimitives.IndexOfMax(logits);
        if (_processors.Length > 0 && float.IsFinite(logits[bestOfModel]))
        {
            return new InvalidOperationException(
                $"No token can be chosen: behind {string.Join(", ", _processors.Select(processor => processor.GetType().Name))} "
                + $"the largest logit is {scores[best]} at id {best}, where the model's own largest is {logits[bestOfModel]}. "
                + "Forbid fewer ids.");
        }

        return new InvalidOperationException(
            $"The model's logits hold {scores[best]} at id {best}, so that no token can be chosen. "
            + "The weights may not fit the precision of this export; try float32.");
    }
}
