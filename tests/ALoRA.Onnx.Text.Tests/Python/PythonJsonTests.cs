using System.Text.Json.Nodes;
using ALoRA.Onnx.Text.Tests.Templating;

namespace ALoRA.Onnx.Text.Tests.Python;

[TestClass]
public sealed class PythonJsonTests
{
    [TestMethod]
    [DataRow("""{"b":1,"a":[1.0,2.50,1e400,-0.0],"e":{},"l":[]}""", """{"b": 1, "a": [1.0, 2.5, Infinity, -0.0], "e": {}, "l": []}""")]
    [DataRow("123456789012345678901234567890", "123456789012345678901234567890")]
    [DataRow("1e16", "1e+16")]
    [DataRow("""[null,true,false,"\u2028<&>"]""", """[null, true, false, "\u2028<&>"]""")]
    [DataRow("""{"a":1,"a":2}""", """{"a": 2}""")]
    [DataRow("\"é😀\\n\\u007f\"", "\"\\u00e9\\ud83d\\ude00\\n\\u007f\"")]
    public void Print_Node_AsJsonDumpsWritesIt(string json, string expected) =>
        Assert.AreEqual(expected, PythonJson.Print(JsonNode.Parse(json)));

    [TestMethod]
    public void Print_NotANumber_IsPythonsName() =>
        Assert.AreEqual("[NaN, -Infinity]", PythonJson.Print(new JsonArray(double.NaN, double.NegativeInfinity)));

    [TestMethod]
    [DataRow("""{"name":"é😀","n":[1.0,{"a":"<\u2028>"}]}""")]
    [DataRow("null")]
    public void Print_WithoutEnsureAscii_EqualsTheFilterOfTemplates(string json) => Assert.AreEqual(
        Rendered.Text("{{ v | tojson }}", $$"""{"v": {{json}}}"""), PythonJson.Print(JsonNode.Parse(json), ensureAscii: false));

    [TestMethod]
    public void Print_InvalidUnicode_IsRefused()
    {
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => PythonJson.Print(JsonNode.Parse("""["\ud800"]""")));

        Assert.Contains("no valid Unicode", exception.Message);
    }
}
