using ALoRA.Onnx.Tokenization.PostProcessing;

namespace ALoRA.Onnx;

/// <summary>A prompt's token ids, and what of them may not be taken for an invocation. Immutable, thread-safe.</summary>
public sealed class EncodedPrompt
{
    private readonly int[] _ids;
    private readonly int[] _barriers;
    private readonly Lazy<IReadOnlyList<EncodedToken>> _places;

    /// <summary>A prompt with places that no token reaches over.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="barriers">The places, ascending.</param>
    /// <param name="places">Makes the stretch of the text of each id; called when it is first needed, if at all.</param>
    internal EncodedPrompt(int[] ids, int[] barriers, Func<IReadOnlyList<EncodedToken>> places)
    {
        _ids = ids;
        _barriers = barriers;
        _places = new Lazy<IReadOnlyList<EncodedToken>>(places);
    }

    /// <summary>A prompt of ids that all come from who is trusted: special tokens and invocations count wherever they stand.</summary>
    /// <param name="ids">The ids, which are copied.</param>
    public static EncodedPrompt FromTrusted(ReadOnlySpan<int> ids) => new(ids.ToArray(), [], static () => []);

    /// <summary>The prompt's token ids.</summary>
    public ReadOnlyMemory<int> Ids => _ids;

    /// <summary>
    /// Whether values spelled tokens out, wholly or in part.
    /// Only then <see cref="LastIndexOf(ReadOnlySpan{int})"/> differs from a search in <see cref="Ids"/>.
    /// </summary>
    public bool HasBarriers => _barriers.Length > 0;

    /// <summary>
    /// Index of the last occurrence of tokens that comes from the template or what is trusted, not from a caller's values; -1 if there is
    /// none. Values are known for special tokens and for <see cref="PromptEncodingOptions.Invocation"/>.
    /// </summary>
    /// <param name="tokens">The ids to look for, such as an adapter's invocation.</param>
    public int LastIndexOf(ReadOnlySpan<int> tokens) => LastIndexOf(tokens, _ids.Length);

    /// <summary>The same among the first ids.</summary>
    internal int LastIndexOf(ReadOnlySpan<int> tokens, int end)
    {
        while (!tokens.IsEmpty)
        {
            int index = _ids.AsSpan(0, end).LastIndexOf(tokens);
            if (index < 0 || !IsCut(index, index + tokens.Length))
            {
                return index;
            }

            end = index + tokens.Length - 1;
        }

        return -1;
    }

    /// <summary>These ids, with the barriers of the same text where more was known of what values must not spell.</summary>
    internal EncodedPrompt WithBarriersOf(EncodedPrompt other) => new(_ids, other._barriers, () => _places.Value);

    private bool IsCut(int first, int end)
    {
        if (_barriers.Length == 0)
        {
            return false;
        }

        IReadOnlyList<EncodedToken> places = _places.Value;
        int next = _barriers.AsSpan().BinarySearch(places[first].Start + 1);
        next = next < 0 ? ~next : next;
        return next < _barriers.Length && _barriers[next] < places[end - 1].End;
    }
}
