namespace ALoRA.Onnx.Sampling;

/// <summary>What changes the logits of a generation, in order.</summary>
internal static class Processors
{
    /// <summary>Makes those that options ask for; none where nothing would change.</summary>
    /// <param name="options">Resolved options.</param>
    /// <param name="context">The generation.</param>
    /// <param name="choice">The constraint's state; null if there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bias is about an id outside of the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">A factory gives null.</exception>
    public static ILogitsProcessor[] Of(GenerationOptions options, GenerationContext context, ConstrainedChoice? choice)
    {
        List<ILogitsProcessor> processors = [];
        if (options.RepetitionPenalty != 1)
        {
            processors.Add(new RepetitionPenalty(options.RepetitionPenalty!.Value, context.VocabularySize));
        }

        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0)
        {
            processors.Add(new OccurrencePenalty(options.PresencePenalty!.Value, options.FrequencyPenalty!.Value, context));
        }

        if (options.LogitBias.Count > 0)
        {
            processors.Add(new LogitBias(options.LogitBias, context.VocabularySize));
        }

        if (options.NoRepeatNgramSize > 0)
        {
            processors.Add(new NoRepeatNgram(options.NoRepeatNgramSize.Value));
        }

        for (int i = 0; i < options.LogitsProcessors.Count; i++)
        {
            processors.Add(options.LogitsProcessors[i](context) ?? throw new InvalidOperationException(
                $"{nameof(GenerationOptions.LogitsProcessors)}[{i}] made null. Return a processor, or leave the factory out."));
        }

        // Without others, the choice's own row is all there is to choose from.
        if (choice is not null && processors.Count > 0)
        {
            processors.Add(new ConstraintMask(choice));
        }

        return [.. processors];
    }
}

/// <summary>
/// Makes all ids of prompt and answer less likely, or likelier below 1, as Transformers' <c>RepetitionPenaltyLogitsProcessor</c>.
/// </summary>
internal sealed class RepetitionPenalty(float penalty, int vocabulary) : ILogitsProcessor
{
    private readonly bool[] _seen = new bool[vocabulary];
    private int _seenTokens;

    public void Process(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        for (; _seenTokens < tokens.Length; _seenTokens++)
        {
            _seen[tokens[_seenTokens]] = true;
        }

        for (int id = 0; id < _seen.Length; id++)
        {
            if (_seen[id])
            {
                logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
            }
        }
    }
}

/// <summary>OpenAI's presence and frequency penalty, over generated ids only.</summary>
internal sealed class OccurrencePenalty(float presence, float frequency, GenerationContext context) : ILogitsProcessor
{
    private readonly int[] _counts = new int[context.VocabularySize];
    private int _counted = context.PromptLength;

    public void Process(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        for (; _counted < tokens.Length; _counted++)
        {
            _counts[tokens[_counted]]++;
        }

        for (int id = 0; id < _counts.Length; id++)
        {
            if (_counts[id] > 0)
            {
                logits[id] -= presence + (frequency * _counts[id]);
            }
        }
    }
}

/// <summary>Numbers added to the logits of single ids.</summary>
internal sealed class LogitBias : ILogitsProcessor
{
    private readonly KeyValuePair<int, float>[] _biases;

    public LogitBias(IReadOnlyDictionary<int, float> logitBias, int vocabulary)
    {
        // A copy, because the caller may change the dictionary, and because going through an interface allocates.
        _biases = [.. logitBias];
        foreach ((int id, _) in _biases)
        {
            if ((uint)id >= (uint)vocabulary)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(logitBias),
                    id,
                    $"{nameof(GenerationOptions.LogitBias)} has the id {id}; this model's ids are 0 to {vocabulary - 1}. Take it out.");
            }
        }
    }

    public void Process(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        foreach ((int id, float bias) in _biases)
        {
            logits[id] += bias;
        }
    }
}

/// <summary>No sequence of <paramref name="size"/> ids comes twice, as with Transformers' <c>NoRepeatNGramLogitsProcessor</c>.</summary>
/// <remarks>Searches all ids anew each time: a vectorized search is far cheaper than a run of the model, and keeps nothing.</remarks>
internal sealed class NoRepeatNgram(int size) : ILogitsProcessor
{
    public void Process(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        if (tokens.Length < size)
        {
            return;
        }

        ReadOnlySpan<int> last = tokens[(tokens.Length - size + 1)..];
        for (int start = 0; start + size <= tokens.Length; start++)
        {
            int found = tokens[start..^1].IndexOf(last);
            if (found < 0)
            {
                return;
            }

            start += found;
            logits[tokens[start + size - 1]] = float.NegativeInfinity;
        }
    }
}

/// <summary>Takes away what the constraint does not allow.</summary>
internal sealed class ConstraintMask(ConstrainedChoice choice) : ILogitsProcessor
{
    public void Process(ReadOnlySpan<int> tokens, Span<float> logits) => choice.Forbid(logits);
}
