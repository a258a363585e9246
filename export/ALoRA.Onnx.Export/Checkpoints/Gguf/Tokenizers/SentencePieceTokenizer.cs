using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>SentencePiece's BPE over characters with <c>▁</c> for space, written as Transformers writes it.</summary>
internal static class SentencePieceTokenizer
{
    private const string Space = "▁";
    private const string FirstByte = "<0x00>";

    public static TokenizerDefinition Define(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        // Gemma's files say that no space is put in front; where nothing is said, SentencePiece's default holds.
        bool prefix = metadata.Flag("tokenizer.ggml.add_space_prefix") ?? metadata.Text("tokenizer.ggml.model") == "llama";
        return new TokenizerDefinition
        {
            Normalizer = prefix ? Sequence("normalizers", Prepend(), Replace(" ", Space)) : Replace(" ", Space),
            Decoder = prefix
                ? Sequence("decoders", Replace(Space, " "), Step("ByteFallback"), Step("Fuse"), Strip())
                : Sequence("decoders", Replace(Space, " "), Step("ByteFallback"), Step("Fuse")),
            Merges = metadata.Has(ByteLevelTokenizer.MergesKey)
                ? ByteLevelTokenizer.ReadMerges(metadata)
                : ScoreMerges.Build(metadata, vocabulary, longestFirst: !prefix),
            UnknownToken = vocabulary.TextOf(vocabulary.UnknownId) ?? FindUnknown(vocabulary),
            FuseUnknown = true,
            ByteFallback = vocabulary.Ids.ContainsKey(FirstByte),
            AddsBegin = vocabulary.Adds("bos") ?? true,
            AddsEnd = vocabulary.Adds("eos") ?? false,
        };
    }

    private static string? FindUnknown(GgufVocabulary vocabulary) => Enumerable.Range(0, vocabulary.Tokens.Length)
        .Where(id => vocabulary.TypeOf(id) == GgufTokenType.Unknown)
        .Select(id => vocabulary.Tokens[id])
        .FirstOrDefault();

    private static JsonObject Sequence(string property, params ReadOnlySpan<JsonNode?> steps) =>
        new() { ["type"] = "Sequence", [property] = new JsonArray(steps) };

    private static JsonObject Step(string type) => new() { ["type"] = type };

    private static JsonObject Prepend() => new() { ["type"] = "Prepend", ["prepend"] = Space };

    private static JsonObject Replace(string pattern, string content) =>
        new() { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = pattern }, ["content"] = content };

    private static JsonObject Strip() => new() { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 };
}
