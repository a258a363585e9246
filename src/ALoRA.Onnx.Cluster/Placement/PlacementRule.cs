namespace ALoRA.Onnx.Cluster.Placement;

/// <summary>A server that a request could be computed on.</summary>
/// <param name="Hash">Its number for <see cref="RendezvousHash"/>.</param>
/// <param name="Load">What it has to do, in units of <see cref="RequestCost"/>.</param>
internal readonly record struct Candidate(ulong Hash, long Load);

/// <summary>
/// Where a request is computed: where its key belongs, unless that server has far more to do than the others.
/// Source of the bound: Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", 2016.
/// </summary>
/// <param name="factor">How much more than the mean a server may have to do, from 1.</param>
/// <param name="slack">
/// What a server may have to do whatever the mean is: while nobody has much to do, a prompt in the cache is worth more than even loads.
/// </param>
internal sealed class PlacementRule(double factor, long slack)
{
    /// <summary>Chooses one.</summary>
    /// <param name="key">The routing key.</param>
    /// <param name="cost">What the request adds.</param>
    /// <param name="candidates">Servers that are ready, in any order; not empty.</param>
    /// <param name="last">Index of the one that has the key's rows although another one is first for it; -1 for none.</param>
    /// <returns>Its index, and that of the one where the key belongs.</returns>
    public (int Chosen, int First) Choose(ulong key, long cost, ReadOnlySpan<Candidate> candidates, int last = -1)
    {
        long total = cost;
        foreach (Candidate candidate in candidates)
        {
            total += candidate.Load;
        }

        double bound = Math.Max(slack, factor * total / candidates.Length);
        int first = -1;
        int chosen = -1;
        int least = -1;
        ulong firstScore = 0;
        ulong chosenScore = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            Candidate candidate = candidates[i];
            ulong score = RendezvousHash.Score(key, candidate.Hash);
            if (first < 0 || score > firstScore)
            {
                (first, firstScore) = (i, score);
            }

            if (candidate.Load + cost <= bound && (chosen < 0 || score > chosenScore))
            {
                (chosen, chosenScore) = (i, score);
            }

            if (least < 0 || candidate.Load < candidates[least].Load)
            {
                least = i;
            }
        }

        if (last >= 0 && candidates[last].Load + cost <= bound)
        {
            chosen = last;
        }

        return (chosen >= 0 ? chosen : least, first);
    }
}
