namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>What a BPE model's JSON sets beside vocabulary and merges.</summary>
internal sealed record BpeSettings
{
    /// <summary>The file and key of the model, for messages.</summary>
    public required string Source { get; init; }

    public string? UnknownToken { get; init; }

    public bool FuseUnknown { get; init; }

    public bool ByteFallback { get; init; }

    public bool IgnoreMerges { get; init; }

    /// <summary>Stands before every character of a piece but the first.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>Stands behind the last character of a piece.</summary>
    public string EndSuffix { get; init; } = "";

    public bool HasAffix(bool isFirst, bool isLast) => (!isFirst && ContinuingPrefix.Length > 0) || (isLast && EndSuffix.Length > 0);

    public string WithAffixes(ReadOnlySpan<char> character, bool isFirst, bool isLast) =>
        string.Concat(isFirst ? "" : ContinuingPrefix, character, isLast ? EndSuffix : "");

    public int UnknownId(Vocabulary vocabulary) => UnknownTokens.Require(vocabulary, UnknownToken, Source);
}
