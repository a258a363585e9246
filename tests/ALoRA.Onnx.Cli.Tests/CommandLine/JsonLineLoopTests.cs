using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class JsonLineLoopTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("plain")]
    [DataRow("quote \" backslash \\ slash / tab \t line \n \r \u2028")]
    [DataRow("\u00e9 \u4e2d \U0001F600 <|im_start|> \u0000 \u001f \u007f")]
    public async Task RunAsync_AnyText_ComesBackExactly(string text)
    {
        string[] answers = await EchoAsync(JsonSerializer.Serialize(new { text }));

        Assert.HasCount(1, answers);
        Assert.AreEqual(text, JsonDocument.Parse(answers[0]).RootElement.GetProperty("text").GetString());
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("not json")]
    [DataRow("[1]")]
    [DataRow("{\"text\": 5}")]
    [DataRow("{\"text\": \"\\ud800\"}")]
    [DataRow("{\"other\": \"x\"}")]
    public async Task RunAsync_BadLine_AnswersWithTheErrorAndGoesOn(string line)
    {
        string[] answers = await EchoAsync(line + "\r\n{\"text\":\"next\"}");

        Assert.HasCount(2, answers);
        Assert.AreNotEqual("", JsonDocument.Parse(answers[0]).RootElement.GetProperty("error").GetString());
        Assert.AreEqual("{\"text\":\"next\"}", answers[1]);
    }

    [TestMethod]
    public async Task RunAsync_DeepNesting_AnswersWithTheError()
    {
        string[] answers = await EchoAsync(new string('[', 100_000));

        Assert.HasCount(1, answers);
        Assert.Contains("error", answers[0]);
    }

    private Task<string[]> EchoAsync(string input) => EchoAsync(Encoding.UTF8.GetBytes(input));

    private async Task<string[]> EchoAsync(byte[] input)
    {
        await using StringWriter output = new();
        using Terminal terminal = new(new MemoryStream(input), output, TextWriter.Null);
        await JsonLineLoop.RunAsync(
            terminal,
            line => new LineAnswer { Text = line.GetProperty("text").GetString() },
            ToolJson.Default.LineAnswer,
            TestContext.CancellationToken);
        return output.ToString().TrimEnd('\n').Split('\n');
    }
}
