using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class ErrorSentenceTests
{
    public static IEnumerable<object[]> Failures =>
    [
        [new CheckpointFormatException("a.safetensors: too short."), 3, "a.safetensors: too short."],
        [new ModelFormatException("model.onnx is missing."), 3, "model.onnx is missing."],
        [new FileNotFoundException("x is missing."), 3, "x is missing."],
        [new DirectoryNotFoundException("x is missing."), 3, "x is missing."],
        [new ArgumentException("There is no adapter `a`.", "name"), 2, "There is no adapter `a`."],
        [new IOException("No space left on device."), 1, "No space left on device."],
        [new InvalidOperationException("Wrong order."), 1, "Wrong order."],
        [new TaskCanceledException(), 130, "cancelled."],
        [new CommandFailedException(4, "2 of 3 failed."), 4, "2 of 3 failed."],
        [new KeyNotFoundException("Odd."), 1, "Odd. This was not expected: run again with --verbose and report what it shows."],
    ];

    [TestMethod]
    [DynamicData(nameof(Failures))]
    public void Of_Exception_SaysWhoseFaultItIs(Exception exception, int exitCode, string text)
    {
        ErrorSentence sentence = ErrorSentence.Of(exception);

        Assert.AreEqual(exitCode, sentence.ExitCode);
        Assert.AreEqual(text, sentence.Text);
    }

    [TestMethod]
    public void Of_JsonException_IsBadInput() => Assert.AreEqual(3, ErrorSentence.Of(new JsonException("odd")).ExitCode);
}
