namespace ALoRA.Onnx;

/// <summary>A text as tokens, with the tokens' texts and places. Immutable, thread-safe.</summary>
public sealed class TokenEncoding
{
    internal TokenEncoding(IReadOnlyList<int> ids, IReadOnlyList<string> tokens, IReadOnlyList<TokenOffsets> offsets)
    {
        Ids = ids;
        Tokens = tokens;
        Offsets = offsets;
    }

    /// <summary>Token ids, in order.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>
    /// The text of each token as the vocabulary has it; for an added token the matched text with the white space it swallowed.
    /// </summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Where each token stands in the original text, in Unicode code points.</summary>
    public IReadOnlyList<TokenOffsets> Offsets { get; }
}
