using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>How a byte-level tokenizer cuts text into words, with what goes along with it in the published tokenizers.</summary>
internal sealed record PreTokenizer
{
    /// <summary>Regular expressions whose matches are isolated, one after the other; none for GPT-2's own rule inside ByteLevel.</summary>
    public IReadOnlyList<string> Splits { get; init; } = [];

    /// <summary>Whether every digit is a word.</summary>
    public bool SplitsDigits { get; init; }

    /// <summary>Whether ByteLevel applies GPT-2's rule.</summary>
    public bool UsesGpt2Rule => Splits.Count == 0;

    /// <summary>Whether the text is brought to normalization form C first.</summary>
    public bool Normalizes { get; init; }

    public bool IgnoresMerges { get; init; }

    /// <summary>Whether the begin token stands in front where the file does not say.</summary>
    public bool AddsBegin { get; init; }

    public JsonObject ToJson()
    {
        JsonObject byteLevel = new()
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = true,
            ["use_regex"] = UsesGpt2Rule,
        };
        List<JsonNode> steps = [.. Splits.Select(Split)];
        if (SplitsDigits)
        {
            steps.Add(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true });
        }

        return steps.Count == 0
            ? byteLevel
            : new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. steps, byteLevel]) };
    }

    private static JsonNode Split(string pattern) => new JsonObject
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = pattern },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };
}
