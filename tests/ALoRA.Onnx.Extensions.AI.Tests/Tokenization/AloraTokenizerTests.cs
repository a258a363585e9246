using System.Buffers;
using Microsoft.ML.Tokenizers;
using Microsoft.SemanticKernel.Text;

namespace ALoRA.Onnx.Extensions.AI.Tests.Tokenization;

[TestClass]
public sealed class AloraTokenizerTests
{
    private const string Emoji = "a😀b";
    private const string Lowercase = """{"type":"Lowercase"}""";
    private static readonly HfTokenizer Source = HfTokenizer.Load(DemoModel.Checkpoint);

    [TestMethod]
    public void AsTokenizer_OfNull_IsRefused() => Assert.ThrowsExactly<ArgumentNullException>(() => ((HfTokenizer)null!).AsTokenizer());

    [TestMethod]
    [DataRow("null", false, true, "considerPreTokenization")]
    [DataRow("null", false, false, "considerPreTokenization")]
    [DataRow(Lowercase, false, true, "considerPreTokenization")]
    [DataRow(Lowercase, true, false, "considerNormalization")]
    [DataRow(Lowercase, false, false, "considerNormalization")]
    public void StepsLeftOut_ThatChangeIds_AreRefused(
        string normalizer, bool considerPreTokenization, bool considerNormalization, string argument)
    {
        Tokenizer tokenizer = Words(normalizer).AsTokenizer();
        foreach (Func<object> call in Calls(tokenizer, "One two", considerPreTokenization, considerNormalization))
        {
            Assert.StartsWith($"{argument}: expected true, got false.", Assert.ThrowsExactly<NotSupportedException>(call).Message);
        }
    }

    [TestMethod]
    public void NormalizationLeftOut_OfTokenizerWithNormalizer_NamesItInTheRefusal()
    {
        Tokenizer tokenizer = Words(Lowercase).AsTokenizer();
        NotSupportedException exception =
            Assert.ThrowsExactly<NotSupportedException>(() => tokenizer.CountTokens("One", considerNormalization: false));
        Assert.Contains("The model's tokenizer.json has a normalizer", exception.Message);
    }

    [TestMethod]
    [DataRow("null")]
    [DataRow("""{"type":"Sequence","normalizers":[]}""")]
    public void NormalizationLeftOut_OfTokenizerWithoutOne_ChangesNothing(string normalizer)
    {
        const string Text = "one two \uFB01 two  one";
        Tokenizer tokenizer = Words(normalizer).AsTokenizer();
        CollectionAssert.AreEqual(new[] { 0, 1, 0, 1, 0 }, tokenizer.EncodeToIds(Text, considerNormalization: false).ToArray());
        Assert.IsTrue(Calls(tokenizer, Text, true, false).Select(call => call())
            .SequenceEqual(Calls(tokenizer, Text, true, true).Select(call => call())));

        // As DocumentTokenChunker of Microsoft.Extensions.DataIngestion asks: chunk by chunk, until nothing is left.
        List<string> chunks = [];
        for (ReadOnlyMemory<char> rest = Text.AsMemory(); rest.Length > 0 && chunks.Count < 9; rest = rest[chunks[^1].Length..])
        {
            chunks.Add(rest[..tokenizer.GetIndexByTokenCount(rest.Span, 2, out _, out _, considerNormalization: false)].ToString());
        }

        CollectionAssert.AreEqual(new[] { "one two", " \uFB01 two", "  one" }, chunks);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(-1)]
    public void LargestCount_BelowOne_IsRefused(int count)
    {
        Tokenizer tokenizer = Source.AsTokenizer();
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tokenizer.EncodeToIds("a", count, out _, out _));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tokenizer.GetIndexByTokenCount("a", count, out _, out _));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tokenizer.GetIndexByTokenCountFromEnd("a", count, out _, out _));
    }

    [TestMethod]
    public void EmptyText_HasNoTokensAndIsTakenWhole()
    {
        Tokenizer tokenizer = Source.AsTokenizer();
        Assert.IsEmpty(tokenizer.EncodeToIds(""));
        Assert.AreEqual(0, tokenizer.CountTokens(ReadOnlySpan<char>.Empty));
        Assert.AreEqual(0, tokenizer.GetIndexByTokenCount("", 1, out _, out int taken));
        Assert.AreEqual(0, tokenizer.GetIndexByTokenCountFromEnd("", 1, out _, out int takenFromEnd));
        Assert.AreEqual((0, 0), (taken, takenFromEnd));
    }

    [TestMethod]
    public void Character_OfSeveralTokens_IsTakenWholeOrNotAtAll()
    {
        Tokenizer tokenizer = Source.AsTokenizer();
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(Emoji, out _);
        CollectionAssert.AreEqual(new[] { 0..1, 1..3, 1..3, 1..3, 1..3, 3..4 }, tokens.Select(token => token.Offset).ToArray());
        for (int count = 1; count <= 6; count++)
        {
            int start = tokenizer.GetIndexByTokenCount(Emoji, count, out _, out int taken);
            Assert.AreEqual(count < 5 ? (1, 1) : count < 6 ? (3, 5) : (4, 6), (start, taken), $"{count}");
            int end = tokenizer.GetIndexByTokenCountFromEnd(Emoji, count, out _, out taken);
            Assert.AreEqual(count < 5 ? (3, 1) : count < 6 ? (1, 5) : (0, 6), (end, taken), $"{count}");
            Assert.HasCount(count < 5 ? 1 : count, tokenizer.EncodeToIds(Emoji, count, out _, out int consumed));
            Assert.AreEqual(start, consumed, $"{count}");
        }

        Assert.AreEqual(0, tokenizer.GetIndexByTokenCount("😀", 3, out _, out int none));
        Assert.AreEqual(2, tokenizer.GetIndexByTokenCountFromEnd("😀", 3, out _, out int noneFromEnd));
        Assert.AreEqual((0, 0), (none, noneFromEnd));
    }

    [TestMethod]
    public void UnpairedSurrogate_KeepsThePositionsOfTheText()
    {
        IReadOnlyList<EncodedToken> tokens = Source.AsTokenizer().EncodeToTokens("\uD83Da😀\uDE00b", out _);
        Assert.AreEqual(0..1, tokens[0].Offset);
        Assert.AreEqual(1..2, tokens.Single(token => token.Value == "a").Offset);
        Assert.AreEqual(5..6, tokens[^1].Offset);
    }

    [TestMethod]
    public void AddedTokens_AtBothEnds_StandForNoTextAndAreCounted()
    {
        string template = """
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
            {"SpecialToken":{"id":"</s>","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[2],"tokens":["<s>"]},
            "</s>":{"id":"</s>","ids":[3],"tokens":["</s>"]}}}
            """;
        string flags = """
            "single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true
            """;
        string json = $$"""
            {"added_tokens":[{"id":2,"content":"<s>",{{flags}} },{"id":3,"content":"</s>",{{flags}} }],"normalizer":null,
            "pre_tokenizer":{"type":"Whitespace"},"post_processor":{{template}},"decoder":null,
            "model":{"type":"WordLevel","vocab":{"one":0,"two":1,"<s>":2,"</s>":3},"unk_token":"one"} }
            """;
        HfTokenizer source = HfTokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "test");
        Tokenizer tokenizer = source.AsTokenizer(addSpecialTokens: true);
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("one two  ", out _);
        CollectionAssert.AreEqual(new[] { 2, 0, 1, 3 }, tokens.Select(token => token.Id).ToArray());
        CollectionAssert.AreEqual(new[] { 0..0, 0..3, 4..7, 7..7 }, tokens.Select(token => token.Offset).ToArray());
        Assert.AreEqual(4, tokenizer.CountTokens("one two  "));
        Assert.AreEqual(3, tokenizer.GetIndexByTokenCount("one two  ", 2, out _, out _));
        Assert.AreEqual(9, tokenizer.GetIndexByTokenCount("one two  ", 4, out _, out _));
        Assert.AreEqual(3, tokenizer.GetIndexByTokenCountFromEnd("one two  ", 2, out _, out _));
        Assert.AreEqual(2, source.AsTokenizer().CountTokens("one two  "));
        Assert.AreEqual(1, source.AsTokenizer().CountTokens("<s>"));
        Assert.AreEqual(3, source.AsTokenizer(specialTokensAsText: true).CountTokens("<s>"));
    }

    [TestMethod]
    public void Decode_OfNothing_IsRefused()
    {
        Tokenizer tokenizer = Source.AsTokenizer();
        Assert.ThrowsExactly<ArgumentNullException>(() => tokenizer.Decode(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => tokenizer.Decode(null!, new char[1], out _, out _));
    }

    [TestMethod]
    public void Decode_InPieces_GivesTheWholeText()
    {
        Tokenizer tokenizer = Source.AsTokenizer();
        const string Text = "Wer fließt 😀 über große Straßen?";
        int[] ids = [.. tokenizer.EncodeToIds(Text)];
        string joined = "";
        char[] destination = new char[3];
        for (OperationStatus status = OperationStatus.DestinationTooSmall; status != OperationStatus.Done;)
        {
            status = tokenizer.Decode(ids, destination, out int consumed, out int written);
            Assert.AreNotEqual(0, consumed, joined);
            joined += new string(destination, 0, written);
            ids = ids[consumed..];
        }

        Assert.AreEqual(Text, joined);
    }

    [TestMethod]
    public void Tokenizer_UsedByManyThreads_GivesTheSameToAll()
    {
        Tokenizer tokenizer = Source.AsTokenizer();
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => $"{Emoji} What is {i} + {i * i}?")];
        string[] expected = [.. texts.Select(Describe)];
        string[] actual = new string[texts.Length];
        Parallel.For(0, texts.Length, i => actual[i] = Describe(texts[i]));
        CollectionAssert.AreEqual(expected, actual);

        string Describe(string text)
        {
            int index = tokenizer.GetIndexByTokenCount(text, 9, out _, out int taken);
            return $"{string.Join(' ', tokenizer.EncodeToIds(text))} {index} {taken} {tokenizer.Decode(tokenizer.EncodeToIds(text))}";
        }
    }

    [TestMethod]
    public void TextChunker_OfSemanticKernel_CountsWithIt()
    {
        Tokenizer tokenizer = Source.AsTokenizer();
        string text = string.Join('\n', Enumerable.Range(1, 40).Select(i => $"Line {i}: what is {i} + {i * i}, and who asks it?"));
#pragma warning disable SKEXP0050 // The chunker is marked as one that may still change.
        List<string> lines = TextChunker.SplitPlainTextLines(text, 12, input => tokenizer.CountTokens(input));
        List<string> paragraphs = TextChunker.SplitPlainTextParagraphs(lines, 60, tokenCounter: input => tokenizer.CountTokens(input));
#pragma warning restore SKEXP0050
        Assert.IsGreaterThan(40, lines.Count);
        Assert.IsLessThanOrEqualTo(12, lines.Max(line => tokenizer.CountTokens(line)));
        Assert.IsLessThan(lines.Count, paragraphs.Count);

        // The chunker adds the lines' counts up; the line breaks between them come on top.
        Assert.IsTrue(paragraphs.All(paragraph => tokenizer.CountTokens(paragraph) - paragraph.Count(unit => unit == '\n') <= 60));
        Assert.AreEqual(Letters(text), Letters(string.Concat(paragraphs)));
    }

    // What each method gives, as values that can be compared.
    private static Func<object>[] Calls(Tokenizer tokenizer, string text, bool considerPreTokenization, bool considerNormalization) =>
    [
        () => string.Join(' ', tokenizer.EncodeToIds(text, considerPreTokenization, considerNormalization)),
        () => string.Join(
            ' ',
            tokenizer.EncodeToTokens(text, out _, considerPreTokenization, considerNormalization)
                .Select(token => $"{token.Id} {token.Value} {token.Offset}")),
        () => tokenizer.CountTokens(text, considerPreTokenization, considerNormalization),
        () => tokenizer.GetIndexByTokenCount(text, 2, out _, out _, considerPreTokenization, considerNormalization),
        () => tokenizer.GetIndexByTokenCountFromEnd(text, 2, out _, out _, considerPreTokenization, considerNormalization),
    ];

    private static HfTokenizer Words(string normalizer) => HfTokenizer.Parse(
        System.Text.Encoding.UTF8.GetBytes(
            $$"""
            {"normalizer":{{normalizer}},"pre_tokenizer":{"type":"Whitespace"},
            "model":{"type":"WordLevel","vocab":{"one":0,"two":1},"unk_token":"one"} }
            """),
        "test");

    private static string Letters(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
}
