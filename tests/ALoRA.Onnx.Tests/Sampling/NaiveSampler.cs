namespace ALoRA.Onnx.Tests.Sampling;

/// <summary>Transformers' processors one after the other on whole rows, as their documentation describes them.</summary>
internal static class NaiveSampler
{
    /// <summary>Probability of every id.</summary>
    public static double[] Distribution(float[] logits, int[] tokens, float temperature, int topK, float topP, float minP, float penalty)
    {
        float[] scores = [.. logits];
        foreach (int token in tokens.Distinct())
        {
            scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty;
        }

        scores = [.. scores.Select(score => score / temperature)];
        if (topK > 0)
        {
            float kth = scores.OrderDescending().ElementAt(Math.Min(topK, scores.Length) - 1);
            scores = [.. scores.Select(score => score < kth ? float.NegativeInfinity : score)];
        }

        if (topP < 1)
        {
            double[] probabilities = SoftMax(scores);
            double sum = 0;
            // From the least likely up: what stays within 1 - p goes, but never the last.
            foreach (int id in Enumerable.Range(0, scores.Length).OrderBy(id => probabilities[id]).SkipLast(1))
            {
                sum += probabilities[id];
                if (sum <= 1 - topP)
                {
                    scores[id] = float.NegativeInfinity;
                }
            }
        }

        if (minP > 0)
        {
            double[] probabilities = SoftMax(scores);
            double limit = probabilities.Max() * minP;
            scores = [.. scores.Select((score, id) => probabilities[id] < limit ? float.NegativeInfinity : score)];
        }

        return SoftMax(scores);
    }

    /// <summary>
    /// OpenAI's formula: the logit, less the count times the frequency penalty, less the presence penalty if the count is above 0.
    /// </summary>
    public static float[] Occurrences(float[] logits, List<int> generated, float presence, float frequency) =>
    [
        .. logits.Select((logit, id) =>
        {
            int count = generated.Count(token => token == id);
            return count > 0 ? logit - (presence + (frequency * count)) : logit;
        }),
    ];

    /// <summary>An id is forbidden if the tokens with it end with a sequence that they hold before.</summary>
    public static float[] WithoutNgrams(float[] logits, List<int> tokens, int size) =>
    [
        .. logits.Select((logit, id) =>
        {
            int[] extended = [.. tokens, id];
            int[] last = [.. extended.TakeLast(size)];
            IEnumerable<int> starts = Enumerable.Range(0, Math.Max(0, extended.Length - size));
            bool repeats = starts.Any(start => extended.AsSpan(start, size).SequenceEqual(last));
            return repeats ? float.NegativeInfinity : logit;
        }),
    ];

    public static double[] SoftMax(float[] scores)
    {
        double largest = scores.Max();
        double[] exponentials = [.. scores.Select(score => Math.Exp(score - largest))];
        double sum = exponentials.Sum();
        return [.. exponentials.Select(value => value / sum)];
    }
}
