using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class NearMissTests
{
    private static readonly string[] Words = ["export", "adapter", "inspect", "run", "chat", "int4", "int8"];

    [TestMethod]
    [DataRow("exprot", "export")]
    [DataRow("exportt", "export")]
    [DataRow("CHAT", "chat")]
    [DataRow("rn", "run")]
    [DataRow("ru", "run")]
    [DataRow("xy", null)]
    [DataRow("rum", "run")]
    [DataRow("int5", "int4")]
    [DataRow("serve", null)]
    [DataRow("", null)]
    [DataRow("addaptr", "adapter")]
    public void Of_Word_IsTheNearest(string word, string? expected) => Assert.AreEqual(expected, NearMiss.Of(word, Words));
}
