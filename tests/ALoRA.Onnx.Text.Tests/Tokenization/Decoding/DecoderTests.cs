using System.Text.Json;
using ALoRA.Onnx.Tokenization.Loading;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Decoding;

[TestClass]
public sealed class DecoderTests
{
    [TestMethod]
    [DataRow("""{ "type": "ByteLevel" }""", "Ġa|Ã|©", " aé")]
    [DataRow("""{ "type": "ByteLevel" }""", "Ã", "\uFFFD")]
    [DataRow(
        """{ "type": "ByteFallback" }""", "<0xC3>|<0xA9>|<0xC3>|x", "\uFFFD\uFFFD\uFFFDx",
        DisplayName = "bytes are UTF-8 together, or none of them is")]
    [DataRow("""{ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always" }""", "▁a|▁b", "a b")]
    [DataRow("""{ "type": "WordPiece", "prefix": "##", "cleanup": true }""", "do|##n|'|t|!", "don ' t!")]
    [DataRow("""{ "type": "BPEDecoder", "suffix": "</w>" }""", "a</w>|b|c</w>", "a bc")]
    [DataRow("""{ "type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": true }""", "a|a|<pad>|a|b", "aab")]
    [DataRow("""{ "type": "Strip", "content": " ", "start": 1, "stop": 1 }""", " | a  ", "a ")]
    [DataRow(
        """{ "type": "Sequence", "decoders": [ { "type": "Fuse" }, { "type": "Strip", "content": "a", "start": 2, "stop": 0 } ] }""",
        "a|ab", "b")]
    public void Decode_Sample_GivesText(string decoder, string tokens, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(decoder);

        List<string> decoded = DecoderReader.Read(new JsonSection(document.RootElement, "test.json", "decoder"))
            .Decode([.. tokens.Split('|')]);

        Assert.AreEqual(expected, string.Concat(decoded));
    }
}
