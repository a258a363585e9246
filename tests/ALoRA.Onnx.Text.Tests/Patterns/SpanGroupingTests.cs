using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Text.Tests.Patterns;

[TestClass]
public sealed class SpanGroupingTests
{
    [TestMethod]
    [DataRow(0, "the final countdown")]
    [DataRow(1, "the - final - - countdown")]
    [DataRow(2, "the- final- - countdown")]
    [DataRow(3, "the -final - -countdown")]
    [DataRow(4, "the - final -- countdown")]
    public void Apply_Behavior_GroupsDelimiters(int behavior, string expected)
    {
        const string Text = "the-final--countdown";
        List<TextSpan> spans = [];
        new LiteralPattern("-").FindSpans(Text, spans);

        SpanGrouping.Apply(spans, (SplitBehavior)behavior);

        Assert.AreEqual(expected, string.Join(' ', spans.Select(span => Text[span.Start..span.End])));
    }
}
