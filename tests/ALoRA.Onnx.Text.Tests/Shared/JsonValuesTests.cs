using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Text.Tests.Shared;

[TestClass]
public sealed class JsonValuesTests
{
    [TestMethod]
    [DataRow("1", true)]
    [DataRow("5", true)]
    [DataRow("0", false)]
    [DataRow("6", false)]
    [DataRow("1.5", false)]
    [DataRow("99999999999", false)]
    [DataRow("\"1\"", false)]
    [DataRow("null", false)]
    public void TryInt_OneToFive_TakesWholeNumbersWithin(string json, bool expected) =>
        Assert.AreEqual(expected, Parse(json).TryInt(1, 5, out _));

    [TestMethod]
    [DataRow("-1.5e3", true)]
    [DataRow("1e999", false)]
    [DataRow("\"1\"", false)]
    public void TryFinite_Value_TakesNumbersThatADoubleHolds(string json, bool expected) =>
        Assert.AreEqual(expected, Parse(json).TryFinite(out _));

    [TestMethod]
    [DataRow("true", true, true)]
    [DataRow("false", true, false)]
    [DataRow("0", false, false)]
    public void TryFlag_Value_TakesTruthValuesOnly(string json, bool isFlag, bool flag)
    {
        Assert.AreEqual(isFlag, Parse(json).TryFlag(out bool got));
        Assert.AreEqual(flag, got);
    }

    [TestMethod]
    public void TryUnicode_LoneSurrogate_IsNoText()
    {
        Assert.IsFalse(Parse("\"\\ud800\"").TryUnicode(out _));
        Assert.IsTrue(Parse("\"\\ud83d\\ude00\"").TryUnicode(out string text));
        Assert.AreEqual("😀", text);
    }

    [TestMethod]
    public void Shown_LongValue_IsCut()
    {
        Assert.AreEqual("[1,2…", Parse("[1,2,3]").Shown(4));
        Assert.AreEqual("[1,2,3]", Parse("[1,2,3]").Shown(7));
    }

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
