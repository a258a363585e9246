using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Sentences;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tests.Intrinsics.Sentences;

[TestClass]
public sealed class SentenceSplitterTests
{
    [TestMethod]
    public void Split_EveryTextOfTheReference_GivesItsSentencesAndSpans()
    {
        string path = GoldenData.Path("text", "intrinsics", "sentences.json");
        List<string> failures = [];
        JsonArray cases = JsonNode.Parse(File.ReadAllText(path))!.AsArray();
        foreach (JsonNode? expected in cases)
        {
            string text = (string)expected!["text"]!;
            string[] sentences = [.. expected["sentences"]!.AsArray().Select(sentence => (string)sentence!)];
            (int, int)[] spans = [.. expected["spans"]!.AsArray().Select(span => ((int)span![0]!, (int)span[1]!))];
            IReadOnlyList<string> split = SentenceSplitter.Split(text);
            (int, int)[] found = [.. SentenceSplitter.Spans(text).Select(
                span => (CodePoints.CountBefore(text, span.Start), CodePoints.CountBefore(text, span.End)))];
            failures.AddRange(split.SequenceEqual(sentences) && found.SequenceEqual(spans)
                ? []
                : [$"{expected["text"]!.ToJsonString()}: {string.Join(" | ", split)}"]);
        }

        Assert.IsNotEmpty(cases);
        Assert.IsEmpty(failures, string.Join("\n", failures));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("   ")]
    [DataRow("\n")]
    public void Split_NothingButWhiteSpace_GivesNoSentence(string text) => Assert.IsEmpty(SentenceSplitter.Split(text));

    [TestMethod]
    [DataRow(". ")]
    [DataRow("a. ")]
    [DataRow("!)")]
    [DataRow("... ")]
    [DataRow(". . . ")]
    [DataRow("--")]
    [DataRow("a.b")]
    [DataRow("a.b! ")]
    [DataRow("(.")]
    public void Split_LongRepetitions_TakesLinearTime(string part)
    {
        // Quadratic time would be an hour.
        string text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length));
        IReadOnlyList<string> sentences = [];
        HangGuard.Run(part, () => sentences = SentenceSplitter.Split(text));
        Assert.AreEqual(WithoutSpaces(text), WithoutSpaces(string.Concat(sentences)));

        static string WithoutSpaces(string text) => text.Replace(" ", "", StringComparison.Ordinal);
    }
}
