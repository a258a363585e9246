using System.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Loading;

[TestClass]
public sealed class TokenizerReaderTests
{
    [TestMethod]
    public void Parse_MergesBeforeVocabularyAndWithoutType_IsRead()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            model: """{ "merges": ["#version: 0.2", "a b"], "vocab": { "ab": 2, "a": 0, "b": 1 } }""", preTokenizer: "null");

        CollectionAssert.AreEqual(new[] { 2 }, tokenizer.Encode("ab"));
    }

    [TestMethod]
    [DataRow("[]", "an object")]
    [DataRow("{}", "model")]
    [DataRow("", "JSON")]
    [DataRow("{ \"model\": ", "JSON")]
    [DataRow("""{ "version": "2.0", "model": { "type": "WordLevel", "vocab": {}, "unk_token": "?" } }""", "version")]
    public void Parse_NotATokenizer_IsRefused(string json, string expected) => AssertRefused(json, expected);

    [TestMethod]
    [DataRow("""{ "type": "Neural", "vocab": {} }""", "model.type")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 0 } }""", "model.merges")]
    [DataRow("""{ "type": "BPE", "merges": [] }""", "model.vocab")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": -1 }, "merges": [] }""", "model.vocab")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 4294967296 }, "merges": [] }""", "model.vocab")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": "0" }, "merges": [] }""", "model.vocab")]
    [DataRow("""{ "type": "BPE", "vocab": [["a", 0]], "merges": [] }""", "model.vocab")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": ["a"] }""", "model.merges[0]")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": ["a b c"] }""", "model.merges[0]")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": [["a", "z"]] }""", "'z'")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": [["a", "a"]] }""", "'aa'")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": [["a"]] }""", "model.merges")]
    [DataRow("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": [["a", "a", "a"]] }""", "model.merges[0]")]
    [DataRow("""{ "type": "BPE", "dropout": 0.1, "vocab": { "a": 0 }, "merges": [] }""", "dropout")]
    [DataRow("""{ "type": "BPE", "fuse_unk": "yes", "vocab": { "a": 0 }, "merges": [] }""", "model.fuse_unk")]
    [DataRow("""{ "type": "BPE", "vocab": { "\ud800": 0 }, "merges": [] }""", "model.vocab")]
    [DataRow("""{ "type": "Unigram", "unk_id": 1, "vocab": [["a", 0]] }""", "model.unk_id")]
    [DataRow("""{ "type": "Unigram", "vocab": [["a"]] }""", "model.vocab")]
    [DataRow("""{ "type": "WordLevel", "vocab": { "a": 0 } }""", "model.unk_token")]
    [DataRow(
        """{ "type": "WordPiece", "vocab": { "a": 0 }, "unk_token": "a", "continuing_subword_prefix": "##" }""",
        "model.max_input_chars_per_word")]
    public void Parse_MalformedModel_NamesTheKey(string model, string expected) =>
        AssertRefused(TinyTokenizer.Json(model: model), expected);

    [TestMethod]
    [DataRow("""{ "type": "NFX" }""", "normalizer.type")]
    [DataRow("""{ "type": "Replace", "pattern": { "Regex": "(a" }, "content": "" }""", "normalizer.pattern.Regex")]
    [DataRow("""{ "type": "Replace", "pattern": "a", "content": "" }""", "normalizer.pattern")]
    [DataRow(
        """{ "type": "Sequence", "normalizers": [ { "type": "NFC" }, { "type": "Prepend" } ] }""", "normalizer.normalizers[1].prepend")]
    [DataRow("""{ "type": "Precompiled", "precompiled_charsmap": "AAAA" }""", "normalizer.precompiled_charsmap")]
    [DataRow("""{ "type": "Precompiled", "precompiled_charsmap": "?" }""", "normalizer.precompiled_charsmap")]
    [DataRow("7", "normalizer")]
    public void Parse_MalformedNormalizer_NamesTheKey(string normalizer, string expected) =>
        AssertRefused(TinyTokenizer.Json(normalizer: normalizer), expected);

    [TestMethod]
    [DataRow("""{ "type": "Split", "pattern": { "Regex": "(a)\\1" }, "behavior": "Isolated" }""", "pre_tokenizer.pattern.Regex")]
    [DataRow("""{ "type": "Split", "pattern": { "String": "a" }, "behavior": "Sideways" }""", "pre_tokenizer.behavior")]
    [DataRow("""{ "type": "Metaspace", "replacement": "ab" }""", "pre_tokenizer.replacement")]
    [DataRow("""{ "type": "Metaspace", "replacement": "_", "add_prefix_space": false }""", "pre_tokenizer.add_prefix_space")]
    [DataRow("""{ "type": "FixedLength", "length": 0 }""", "pre_tokenizer.length")]
    public void Parse_MalformedPreTokenizer_NamesTheKey(string preTokenizer, string expected) =>
        AssertRefused(TinyTokenizer.Json(preTokenizer: preTokenizer), expected);

    [TestMethod]
    [DataRow("""{ "type": "TemplateProcessing", "single": [], "special_tokens": {} }""", "post_processor.single")]
    [DataRow(
        """{ "type": "TemplateProcessing", "single": [ { "SpecialToken": { "id": "x" } } ], "special_tokens": {} }""",
        "post_processor.special_tokens.x")]
    [DataRow("""{ "type": "BertProcessing", "sep": ["a"], "cls": ["b", 1] }""", "post_processor.sep")]
    public void Parse_MalformedPostProcessor_NamesTheKey(string postProcessor, string expected) =>
        AssertRefused(TinyTokenizer.Json(postProcessor: postProcessor), expected);

    [TestMethod]
    public void Parse_MalformedAddedToken_NamesTheKey()
    {
        AssertRefused(TinyTokenizer.Json(addedTokens: """[ { "id": 1, "content": 5 } ]"""), "added_tokens[0].content");
        AssertRefused(TinyTokenizer.Json(addedTokens: $"[{TinyTokenizer.AddedToken(9, new string('x', 700_000))}]"), "added_tokens");
    }

    [TestMethod]
    public void Parse_MutatedFiles_AreReadOrRefused()
    {
        string[] values =
        [
            "0", "-1", "1e999", "null", "true", "[]", "{}", "\"\"", "\"\\ud800\"", "{ \"Regex\": \"(a*)*b\" }",
            "{ \"Regex\": \"((a{9}){9}){999}\" }",
        ];
        Fuzzing.Check(
            Encoding.UTF8.GetBytes(TinyTokenizer.Json(
                normalizer: """
                    { "type": "Sequence", "normalizers": [
                      { "type": "NFC" }, { "type": "Replace", "pattern": { "Regex": "\\s+" }, "content": " " } ] }
                    """,
                addedTokens: $"[{TinyTokenizer.AddedToken(9, "<s>", "special", "lstrip")}]")),
            bytes =>
            {
                HfTokenizer tokenizer = HfTokenizer.Parse(bytes, "tiny.json");
                tokenizer.Decode(tokenizer.Encode("abc <s> é 12", addSpecialTokens: true));
            },
            exception => exception is ModelFormatException && exception.Message.Contains("tiny.json", StringComparison.Ordinal),
            [.. values.SelectMany(value => new[] { value, $": {value}," }).Select(Encoding.UTF8.GetBytes)],
            runs: 4_000);
    }

    private static void AssertRefused(string json, string expected)
    {
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => TinyTokenizer.Parse(json));
        StringAssert.Contains(exception.Message, "tiny.json");
        StringAssert.Contains(exception.Message, expected);
    }
}
