namespace ALoRA.Onnx.Architecture.Tests;

[TestClass]
public sealed class SizeRulesTests
{
    [TestMethod]
    public void WideLines_LineOf141_NamedWithItsNumber()
    {
        SourceFile file = new("A.cs", $"short\n{new string('x', 140)}\r\n{new string('x', 141)}\n");
        CollectionAssert.AreEqual(new[] { "A.cs(3): 141 characters" }, SizeRules.WideLines(file).ToArray());
    }

    [TestMethod]
    [DataRow("", 0)]
    [DataRow("a", 1)]
    [DataRow("a\n", 1)]
    [DataRow("a\r\n\r\n", 2)]
    public void LinesOf_Text_LastLineMayLackItsEnd(string text, int expected) =>
        Assert.AreEqual(expected, SizeRules.LinesOf(new SourceFile("A.cs", text)));
}
