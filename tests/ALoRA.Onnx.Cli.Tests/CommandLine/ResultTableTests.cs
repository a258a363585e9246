using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class ResultTableTests
{
    [TestMethod]
    public void Print_RedirectedOutput_IsMarkdown()
    {
        using StringWriter output = new() { NewLine = "\n" };
        using Terminal terminal = new(Stream.Null, output, TextWriter.Null);
        ResultTable table = new("file", ">size", "note");
        table.Add("model.onnx", "12", "first\nsecond | third");
        table.Add("a", "3456", "");

        table.Print(terminal);

        Assert.AreEqual(
            """
            | file       | size | note |
            | ---------- | ---: | --- |
            | model.onnx |   12 | first second \| third |
            | a          | 3456 |  |

            """,
            output.ToString().ReplaceLineEndings(Environment.NewLine));
    }
}
