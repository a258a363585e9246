using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Caching.Prefixes;

namespace ALoRA.Onnx.Inference;

/// <summary>Rows that sequences of one scope give each other: those of the base, or of an adapter that writes all.</summary>
/// <remarks>The few rows that an aLoRA writes behind the base's are not worth their memory.</remarks>
internal static class KnownPrefix
{
    /// <summary>
    /// Takes rows that others computed for the same ids, as many as the model still has. The last id's row is left to be computed.
    /// </summary>
    /// <returns>Ids whose rows are in the sequence's cache afterwards.</returns>
    public static int TakeKnownPrefix(this Sequence sequence)
    {
        KvCache cache = sequence.Cache;
        Adapter? writer = sequence.Activation.WriterAt(0);
        if (sequence.Prefixes is PrefixCache prefixes && cache.Provenance.MatchingPrefix(writer, 0) == cache.Length)
        {
            int most = Math.Min(sequence.Length - 1, writer is null ? sequence.Activation.Start : int.MaxValue);
            using PrefixMatch match = prefixes.Find(IdentityOf(sequence, writer), sequence.TokenSpan[..most]);
            if (match.Length > cache.Length)
            {
                cache.Reserve(sequence.Length);
                match.CopyTo(cache, cache.Length);
                cache.Advance(match.Length - cache.Length, writer);
            }
        }

        return sequence.ComputedLength;
    }

    /// <summary>Lets others take the rows.</summary>
    public static void ShareKnownPrefix(this Sequence sequence)
    {
        Adapter? writer = sequence.Activation.WriterAt(0);
        RowProvenance provenance = sequence.Cache.Provenance;
        int own = Math.Min(provenance.SharedLength, provenance.MatchingPrefix(writer, 0));
        sequence.Prefixes?.Add(IdentityOf(sequence, writer), sequence.TokenSpan[..Math.Min(own, sequence.Length)], sequence.Cache);
    }

    private static PrefixIdentity IdentityOf(Sequence sequence, Adapter? writer) =>
        new(RowNamespace.Of(writer, start: 0), sequence.CacheScope);
}
