namespace ALoRA.Onnx.Text.Tests.Tokenization.Models;

[TestClass]
public sealed class BpeModelTests
{
    [TestMethod]
    public void Encode_IgnoreMerges_TakesWholePieceFromVocabulary()
    {
        const string Vocabulary = """ "vocab": { "a": 0, "b": 1, "ab": 2, "abb": 3 }, "merges": ["a b"] """;

        CollectionAssert.AreEqual(new[] { 2, 1 }, Create($$"""{ "type": "BPE", {{Vocabulary}} }""").Encode("abb"));
        CollectionAssert.AreEqual(new[] { 3 }, Create($$"""{ "type": "BPE", "ignore_merges": true, {{Vocabulary}} }""").Encode("abb"));
    }

    [TestMethod]
    public void Encode_UnknownCharacters_FuseOnlyWhereAsked()
    {
        const string Vocabulary = """ "unk_token": "?", "vocab": { "a": 0, "?": 1 }, "merges": [] """;

        CollectionAssert.AreEqual(new[] { 0, 1, 1, 0 }, Create($$"""{ "type": "BPE", {{Vocabulary}} }""").Encode("axya"));
        HfTokenizer fused = Create($$"""{ "type": "BPE", "fuse_unk": true, {{Vocabulary}} }""");
        CollectionAssert.AreEqual(new[] { 0, 1, 0 }, fused.Encode("axya"));
        Assert.AreEqual(new TokenOffsets(1, 3), fused.EncodeWithOffsets("axya").Offsets[1]);
    }

    [TestMethod]
    public void Encode_ByteFallback_NeedsAllBytesOfACharacter()
    {
        HfTokenizer tokenizer = Create("""
            { "type": "BPE", "unk_token": "?", "byte_fallback": true, "vocab": { "a": 0, "?": 1, "<0xC3>": 2, "<0xA9>": 3 }, "merges": [] }
            """);

        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, tokenizer.Encode("aé"));
        CollectionAssert.AreEqual(new[] { 0, 1 }, tokenizer.Encode("aü"));
        CollectionAssert.AreEqual(
            new[] { new TokenOffsets(0, 1), new TokenOffsets(0, 1) }, tokenizer.EncodeWithOffsets("é").Offsets.ToArray());
    }

    [TestMethod]
    public void Encode_Affixes_MarkTheRestAndTheEndOfAWord()
    {
        HfTokenizer tokenizer = Create("""
            { "type": "BPE", "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>",
              "vocab": { "a": 0, "##b": 1, "##c</w>": 2, "ab": 3, "a</w>": 4 }, "merges": [["a", "##b"]] }
            """);

        CollectionAssert.AreEqual(new[] { 3, 2 }, tokenizer.Encode("abc"));
        CollectionAssert.AreEqual(new[] { 4 }, tokenizer.Encode("a"));
    }

    [TestMethod]
    public void Encode_UnknownTokenNotInVocabulary_SaysSo()
    {
        HfTokenizer tokenizer = Create("""{ "type": "BPE", "unk_token": "<unk>", "vocab": { "a": 0 }, "merges": [] }""");

        CollectionAssert.AreEqual(new[] { 0 }, tokenizer.Encode("a"));
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => tokenizer.Encode("b"));
        StringAssert.Contains(exception.Message, "tiny.json: model");
        StringAssert.Contains(exception.Message, "<unk>");
    }

    private static HfTokenizer Create(string model) => TinyTokenizer.Create(model: model, preTokenizer: "null", decoder: "null");
}
