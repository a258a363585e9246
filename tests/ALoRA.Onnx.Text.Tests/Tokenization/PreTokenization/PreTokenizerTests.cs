using System.Text.Json;
using ALoRA.Onnx.Tokenization.Loading;
using ALoRA.Onnx.Tokenization.PreTokenization;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization.PreTokenization;

[TestClass]
public sealed class PreTokenizerTests
{
    [TestMethod]
    [DataRow("""{ "type": "ByteLevel", "add_prefix_space": true }""", "ab  é", "Ġab Ġ ĠÃ©")]
    [DataRow("""{ "type": "Metaspace", "replacement": "_", "prepend_scheme": "always" }""", "a b", "_a _b")]
    [DataRow("""{ "type": "Metaspace", "replacement": "_", "add_prefix_space": false, "prepend_scheme": "never" }""", "a b", "a _b")]
    [DataRow("""{ "type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": false }""", "a b", "_a_b")]
    [DataRow("""{ "type": "Whitespace" }""", "it's a_1!?", "it ' s a_1 !?")]
    [DataRow("""{ "type": "WhitespaceSplit" }""", " it's\u2003x ", "it's x")]
    [DataRow("""{ "type": "Punctuation" }""", "a$,b", "a $ , b")]
    [DataRow("""{ "type": "Digits", "individual_digits": false }""", "a12²b", "a 12² b")]
    [DataRow("""{ "type": "Digits", "individual_digits": true }""", "a12²b", "a 1 2 ² b")]
    [DataRow("""{ "type": "CharDelimiterSplit", "delimiter": "😀" }""", "a😀b", "a b")]
    [DataRow("""{ "type": "BertPreTokenizer" }""", "a-b c", "a - b c")]
    [DataRow("""{ "type": "UnicodeScripts" }""", "aбか漢", "a б か漢")]
    [DataRow("""{ "type": "FixedLength", "length": 2 }""", "a😀bcd", "a😀 bc d")]
    [DataRow(
        """
        { "type": "Sequence", "pretokenizers": [
          { "type": "WhitespaceSplit" }, { "type": "Split", "pattern": { "Regex": "^." }, "behavior": "Isolated" } ] }
        """,
        "ab cd", "a b c d")]
    public void Apply_Sample_GivesPieces(string preTokenizer, string text, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(preTokenizer);
        PreTokenizedText pieces = new(new AlignedText(text, 0));

        PreTokenizerReader.Read(new JsonSection(document.RootElement, "test.json", "pre_tokenizer")).Apply(pieces);

        Assert.AreEqual(expected, string.Join(' ', pieces.Pieces.Select(piece => pieces.Characters(piece).ToString())));
    }

    [TestMethod]
    public void Apply_MetaspaceFirst_LeavesLaterStretchesAlone()
    {
        PreTokenizedText pieces = new(new AlignedText("a", 5));

        new MetaspacePreTokenizer(new System.Text.Rune('_'), PrependScheme.First, split: true).Apply(pieces);

        Assert.AreEqual("a", pieces.Characters(pieces.Pieces[0]).ToString());
    }
}
