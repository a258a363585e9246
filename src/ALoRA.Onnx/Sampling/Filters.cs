using System.Numerics.Tensors;

namespace ALoRA.Onnx.Sampling;

/// <summary>Takes away candidates that are not to be drawn. May keep buffers, nothing else.</summary>
internal interface ICandidateFilter
{
    /// <summary>Moves the candidates that stay to the front, in any order.</summary>
    /// <param name="ids">The candidates, at least one.</param>
    /// <param name="probabilities">Their probabilities, in the same order; up to a factor, as earlier filters leave a part of them.</param>
    /// <returns>How many stay, at least one.</returns>
    int Cut(Span<int> ids, Span<float> probabilities);
}

/// <summary>The filters of a generation, in order.</summary>
internal static class Filters
{
    /// <summary>Makes those that options ask for.</summary>
    public static ICandidateFilter[] Of(GenerationOptions options)
    {
        List<ICandidateFilter> filters = [];
        if (options.TopP < 1)
        {
            filters.Add(new TopP(options.TopP.Value));
        }

        if (options.MinP > 0)
        {
            filters.Add(new MinP(options.MinP.Value));
        }

        return [.. filters];
    }

    /// <summary>Keeps the candidates of at least a probability, in their order.</summary>
    public static int Keep(Span<int> ids, Span<float> probabilities, float smallest)
    {
        int kept = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] >= smallest)
            {
                (ids[kept], probabilities[kept]) = (ids[i], probabilities[i]);
                kept++;
            }
        }

        return kept;
    }
}

/// <summary>Keeps an id while those more likely than it stay below <paramref name="p"/> together.</summary>
internal sealed class TopP(float p) : ICandidateFilter
{
    public int Cut(Span<int> ids, Span<float> probabilities)
    {
        // Ids below (1 - p) / n have less than 1 - p together, so the nucleus lies among the others; only those are sorted.
        int count = Filters.Keep(ids, probabilities, (1 - p) / ids.Length);
        probabilities = probabilities[..count];
        ids = ids[..count];
        probabilities.Sort(ids);
        probabilities.Reverse();
        ids.Reverse();
        int kept = 1;
        for (double before = probabilities[0]; kept < count && before < p; kept++)
        {
            before += probabilities[kept];
        }

        return kept;
    }
}

/// <summary>Keeps ids with at least a share of the likeliest one's probability.</summary>
internal sealed class MinP(float share) : ICandidateFilter
{
    // Both sides are scaled by the same sum, so that the ratio is the one after renormalization.
    public int Cut(Span<int> ids, Span<float> probabilities) =>
        Filters.Keep(ids, probabilities, share * TensorPrimitives.Max<float>(probabilities));
}
