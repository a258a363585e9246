using System.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization;

/// <summary>Small tokenizer.json texts, written in the tests themselves.</summary>
internal static class TinyTokenizer
{
    /// <summary>Byte-pair encoding over a few letters: "abc" is one token, "Ġab" too.</summary>
    public const string BytePairs = """
        { "type": "BPE", "unk_token": null,
          "vocab": { "a": 0, "b": 1, "c": 2, "Ġ": 3, "ab": 4, "abc": 5, "Ġab": 6, "Ã": 7, "©": 8 },
          "merges": [["a", "b"], ["ab", "c"], ["Ġ", "ab"]] }
        """;

    public const string ByteLevel = """{ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true }""";

    public static HfTokenizer Create(
        string model = BytePairs,
        string normalizer = "null",
        string preTokenizer = ByteLevel,
        string postProcessor = "null",
        string decoder = ByteLevel,
        string addedTokens = "[]") =>
        Parse(Json(model, normalizer, preTokenizer, postProcessor, decoder, addedTokens));

    public static string Json(
        string model = BytePairs,
        string normalizer = "null",
        string preTokenizer = ByteLevel,
        string postProcessor = "null",
        string decoder = ByteLevel,
        string addedTokens = "[]") => $$"""
        { "version": "1.0", "truncation": null, "padding": null, "added_tokens": {{addedTokens}}, "normalizer": {{normalizer}},
          "pre_tokenizer": {{preTokenizer}}, "post_processor": {{postProcessor}}, "decoder": {{decoder}}, "model": {{model}} }
        """;

    public static HfTokenizer Parse(string json) => HfTokenizer.Parse(Encoding.UTF8.GetBytes(json), "tiny.json");

    /// <param name="id">What the file says; the tokenizer numbers by its own rule.</param>
    /// <param name="content">The token's text.</param>
    /// <param name="flags">The names of the flags that are set.</param>
    public static string AddedToken(int id, string content, params string[] flags)
    {
        string[] names = ["single_word", "lstrip", "rstrip", "normalized", "special"];
        IEnumerable<string> members = names.Select(name => $"\"{name}\": {(flags.Contains(name) ? "true" : "false")}");
        return $"{{ \"id\": {id}, \"content\": \"{content}\", {string.Join(", ", members)} }}";
    }
}
