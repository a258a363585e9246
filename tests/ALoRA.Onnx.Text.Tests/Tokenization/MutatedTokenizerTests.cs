using System.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization;

/// <summary>Damaged tokenizer files are read or refused, and what is read encodes or refuses; nothing else may come out.</summary>
[TestClass]
public sealed class MutatedTokenizerTests
{
    private const string Text = "abc ab 123 \u00e9 <s>\n\ta\U0001F600aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";

    private const string Unigram = """
        { "type": "Unigram", "unk_id": 0, "byte_fallback": false,
          "vocab": [["<unk>", 0.0], ["a", -1.5], ["b", -2.0], ["ab", -2.5], ["\u2581", -3.0]] }
        """;

    private const string WordPiece = """
        { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
          "vocab": { "[UNK]": 0, "a": 1, "##b": 2, "ab": 3 } }
        """;

    private const string Normalizer = """
        { "type": "Sequence", "normalizers": [{ "type": "NFC" }, { "type": "Lowercase" },
          { "type": "Replace", "pattern": { "Regex": "\\s+" }, "content": " " }] }
        """;

    private const string PreTokenizer = """
        { "type": "Sequence", "pretokenizers": [
          { "type": "Split", "pattern": { "Regex": "\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}]+|\\s+(?!\\S)" },
            "behavior": "Isolated", "invert": false },
          { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false }] }
        """;

    private const string Template = """
        { "type": "TemplateProcessing",
          "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }], "pair": [],
          "special_tokens": { "<s>": { "id": "<s>", "ids": [9], "tokens": ["<s>"] } } }
        """;

    [TestMethod]
    public void Parse_DamagedBytePairs_IsReadOrRefused() => Check(TinyTokenizer.Json(
        normalizer: Normalizer, preTokenizer: PreTokenizer, postProcessor: Template,
        addedTokens: $"[{TinyTokenizer.AddedToken(9, "<s>", "special", "lstrip")}]"));

    [TestMethod]
    public void Parse_DamagedUnigram_IsReadOrRefused() => Check(TinyTokenizer.Json(
        Unigram,
        preTokenizer: """{ "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": true }""",
        decoder: """
            { "type": "Sequence", "decoders": [
              { "type": "Replace", "pattern": { "String": "\u2581" }, "content": " " }, { "type": "Fuse" }] }
            """));

    [TestMethod]
    public void Parse_DamagedWordPiece_IsReadOrRefused() => Check(TinyTokenizer.Json(
        WordPiece,
        """{ "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true }""",
        """{ "type": "Whitespace" }""", decoder: """{ "type": "WordPiece", "prefix": "##", "cleanup": true }"""));

    // Found by the fuzzer: a name with half of a surrogate pair.
    [TestMethod]
    public void Parse_NameThatIsNoUnicode_IsRefused()
    {
        string json = TinyTokenizer.Json(preTokenizer: """{ "type": "Whitespace", "\uD83D": 1 }""");
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(
            () => HfTokenizer.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json"));
        Assert.Contains("tokenizer.json", exception.Message);
    }

    private static void Check(string json) => Fuzzing.Check(
        Encoding.UTF8.GetBytes(json),
        bytes =>
        {
            HfTokenizer tokenizer = HfTokenizer.Parse(bytes, "tokenizer.json");
            tokenizer.Decode(tokenizer.Encode(Text, addSpecialTokens: true));
        },
        exception => exception is ModelFormatException,
        FuzzPieces.Json,
        runs: 2_000);
}
