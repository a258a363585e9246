using System.Text.Json;
using ALoRA.Onnx.Tokenization.Loading;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Normalization;

/// <summary>Where each character of a normalized text comes from.</summary>
[TestClass]
public sealed class NormalizerPlaceTests
{
    [TestMethod]
    [DataRow("""{ "type": "Prepend", "prepend": "__" }""", "ab", "__ab", "0-1 0-1 0-1 1-2")]
    [DataRow("""{ "type": "Strip", "strip_left": true, "strip_right": true }""", " a ", "a", "1-2")]
    [DataRow("""{ "type": "Replace", "pattern": { "String": "bc" }, "content": "xyz" }""", "abcd", "axyzd", "0-1 2-3 2-3 2-3 3-4")]
    [DataRow("""{ "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": " " }""", "a  b", "a b", "0-1 2-3 3-4")]
    [DataRow("""{ "type": "Lowercase" }""", "Aİ", "ai\u0307", "0-1 1-2 1-2")]
    [DataRow("""{ "type": "NFKD" }""", "ﬁx", "fix", "0-1 0-1 1-2")]
    [DataRow("""{ "type": "ByteLevel" }""", "é ", "Ã©Ġ", "0-1 0-1 1-2")]
    [DataRow("""{ "type": "Nmt" }""", "a\u0001\tb", "a b", "0-1 2-3 3-4")]
    [DataRow(
        """{ "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true }""",
        "É中", "e 中 ", "0-1 1-2 1-2 1-2")]
    public void Normalize_Sample_RemembersPlaces(string normalizer, string text, string expected, string places)
    {
        using JsonDocument document = JsonDocument.Parse(normalizer);

        AlignedText normalized = NormalizerReader.Read(new JsonSection(document.RootElement, "test.json", "normalizer"))
            .Normalize(new AlignedText(text, 0));

        Assert.AreEqual(expected, normalized.Text);
        Assert.AreEqual(
            places, string.Join(' ', normalized.Text.Select((_, i) => $"{normalized.OriginalStart(i)}-{normalized.OriginalEnd(i)}")));
    }
}
