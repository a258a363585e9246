using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>Everything of a <c>tokenizer.json</c> with a BPE model that does not follow from the vocabulary alone.</summary>
internal sealed record TokenizerDefinition
{
    public JsonNode? Normalizer { get; init; }

    public JsonNode? PreTokenizer { get; init; }

    public required JsonNode Decoder { get; init; }

    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    public string? UnknownToken { get; init; }

    public bool FuseUnknown { get; init; }

    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a token is taken whole even where no merges lead to it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Whether the post-processor puts the begin token in front.</summary>
    public required bool AddsBegin { get; init; }

    /// <summary>Whether the post-processor puts the end token behind.</summary>
    public required bool AddsEnd { get; init; }
}
