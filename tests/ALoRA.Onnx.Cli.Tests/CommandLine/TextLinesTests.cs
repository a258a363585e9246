using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class TextLinesTests
{
    [TestMethod]
    [DataRow("one two three", 7, "one two/three")]
    [DataRow("one two three", 8, "one two/three")]
    [DataRow("averylongword x", 5, "averylongword/x")]
    [DataRow("", 5, "")]
    [DataRow("a\nb c", 10, "a/b c")]
    public void Of_Text_BreaksAtSpaces(string text, int width, string lines) =>
        Assert.AreEqual(lines, string.Join('/', TextLines.Of(text, width)));

    [TestMethod]
    public void OfCommand_QuotedTextsAndValues_StayWhole()
    {
        string sign = OperatingSystem.IsWindows() ? " `" : " \\";
        string command = "alora run \"What is 2 + 2?\" --raw --json --seed 1 | cat";

        Assert.AreEqual(
            $"alora run{sign}\n    \"What is 2 + 2?\"{sign}\n    --raw --json{sign}\n    --seed 1 | cat",
            string.Join('\n', TextLines.OfCommand(command, 23)));
        Assert.AreEqual(command, string.Join("", TextLines.OfCommand(command, 200)));
    }
}
