using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>GPT-2's tokenizer and its descendants: words by a regular expression, bytes as characters, merges from the file.</summary>
internal static class ByteLevelTokenizer
{
    public const string MergesKey = "tokenizer.ggml.merges";

    private const string PreKey = "tokenizer.ggml.pre";

    public static TokenizerDefinition Define(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        string name = metadata.Text(PreKey) ?? "";
        if (name.Length == 0)
        {
            name = PreTokenizers.DefaultName;
            vocabulary.Warn(
                $"'{PreKey}' is missing, so words are cut by llama.cpp's rule '{name}', which may not be the model's. Lay the checkpoint's "
                + "tokenizer.json beside the file and export the folder.");
        }

        PreTokenizer pre = PreTokenizers.Find(name) ?? throw Unsupported(metadata, $"'{PreKey}' is '{name}', which is not supported");
        return new TokenizerDefinition
        {
            Normalizer = pre.Normalizes ? new JsonObject { ["type"] = "NFC" } : null,
            PreTokenizer = pre.ToJson(),
            Decoder = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            Merges = ReadMerges(metadata),
            IgnoreMerges = pre.IgnoresMerges,
            AddsBegin = vocabulary.Adds("bos") ?? pre.AddsBegin,
            AddsEnd = vocabulary.Adds("eos") ?? false,
        };
    }

    /// <summary>The merges of the file: two tokens with a space between.</summary>
    public static IReadOnlyList<(string Left, string Right)> ReadMerges(GgufMetadata metadata)
    {
        string[] lines = metadata.Texts(MergesKey) ?? throw metadata.Missing(MergesKey);
        return Array.ConvertAll(lines, line =>
        {
            // A token may itself start with a space, so the search starts behind its first character.
            int space = line.IndexOf(' ', Math.Min(1, line.Length));
            return space > 0 && space < line.Length - 1
                ? (line[..space], line[(space + 1)..])
                : throw metadata.Error(
                    $"'{MergesKey}' has the entry '{line}'; expected two tokens with a space between",
                    "Convert the model again");
        });
    }

    private static CheckpointFormatException Unsupported(GgufMetadata metadata, string problem) => metadata.Error(
        $"{problem}; supported are {string.Join(", ", PreTokenizers.Names)}",
        "Lay the checkpoint's tokenizer.json beside the file and export the folder");
}
