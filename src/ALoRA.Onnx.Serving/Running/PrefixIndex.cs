using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// Sequences of requests that have ended, each in the slot where it was computed until someone wants the slot; the one that was used last
/// stands last. Not thread-safe.
/// </summary>
/// <param name="acrossScopes">Whether other scopes share whole blocks.</param>
/// <param name="options">How many sequences are kept, and what requests without a scope share.</param>
internal sealed class PrefixIndex(bool acrossScopes, EngineOptions options) : IDisposable
{
    private readonly List<Sequence> _parked = [];

    /// <summary>The sequences, without an adapter switched on.</summary>
    public List<Sequence> Parked => _parked;

    /// <summary>Keeps a sequence, which is owned from now on.</summary>
    public void Park(Sequence sequence)
    {
        sequence.Deactivate();
        if (sequence.ComputedLength < sequence.Length)
        {
            sequence.Rewind(sequence.ComputedLength);
        }

        if (sequence.Length == 0)
        {
            sequence.Dispose();
        }
        else
        {
            _parked.Add(sequence);
        }

        while (_parked.Count > (options.MaxKeptPrompts ?? int.MaxValue)
            || _parked.Sum(kept => kept.Length * kept.Cache.Layout.BytesPerToken) > (options.MaxKeptBytes ?? long.MaxValue))
        {
            Evict(_parked[0]);
        }
    }

    /// <summary>Takes a sequence out, which is the caller's from now on.</summary>
    public void Take(Sequence sequence) => _parked.Remove(sequence);

    /// <summary>Marks a sequence as used just now.</summary>
    public void Touch(Sequence sequence)
    {
        if (_parked.Remove(sequence))
        {
            _parked.Add(sequence);
        }
    }

    /// <summary>Of the sequences whose slots hold so many rows, the one that was not used for longest; null if there is none.</summary>
    /// <param name="rows">Rows of the slot at least.</param>
    /// <param name="kept">A sequence that stays; null for none.</param>
    public Sequence? Oldest(int rows, Sequence? kept)
    {
        foreach (Sequence sequence in _parked)
        {
            if (sequence.Cache.Capacity >= rows && !ReferenceEquals(sequence, kept))
            {
                return sequence;
            }
        }

        return null;
    }

    /// <summary>Gives a sequence's slot up. What other conversations may have of its rows, they find in the model's cache.</summary>
    public void Evict(Sequence sequence)
    {
        _parked.Remove(sequence);
        sequence.ShareKnownPrefix();
        sequence.Dispose();
    }

    /// <summary>How many rows of a prompt a sequence has, as an activation asks.</summary>
    /// <param name="sequence">Of this engine.</param>
    /// <param name="tokens">The prompt.</param>
    /// <param name="activation">Who computes it.</param>
    /// <param name="scope">For whom.</param>
    public int Match(Sequence sequence, ReadOnlySpan<int> tokens, Activation activation, string? scope)
    {
        bool isOwn = sequence.CacheScope == scope;
        if (!isOwn && !acrossScopes)
        {
            return 0;
        }

        RowProvenance rows = sequence.Cache.Provenance;
        int length = Math.Min(
            sequence.TokenSpan.CommonPrefixLength(tokens), rows.MatchingPrefix(activation.Adapter, activation.Start));
        return !isOwn ? Whole(Math.Min(length, rows.SharedLength))
            : scope is null && !options.ShareTokensWithoutScope ? Whole(length)
            : length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _parked.ForEach(sequence => sequence.Dispose());
        _parked.Clear();
    }

    // Whoever finds single tokens of someone else's text could guess it token by token; see PrefixCache.
    private static int Whole(int length) => length / PrefixCache.BlockSize * PrefixCache.BlockSize;
}
