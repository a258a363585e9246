using ALoRA.Onnx.Cli.Export;

namespace ALoRA.Onnx.Cli.Tests.Export;

[TestClass]
public sealed class SampleFileTests
{
    [TestMethod]
    public void Read_JsonLines_GivesMessagesWithTheAnswerAndTexts()
    {
        IReadOnlyList<SampleDocument> documents = Read(
            "a.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"answer\": \"Hello\"}\r\n\r\n{\"text\": \"plain\"}\n");

        Assert.HasCount(2, documents);
        SampleDocument.Chat chat = (SampleDocument.Chat)documents[0];
        Assert.AreEqual("assistant: Hello", $"{chat.Messages[1].Role}: {chat.Messages[1].Content}");
        Assert.AreEqual(new SampleDocument.Plain("plain"), documents[1]);
    }

    [TestMethod]
    public void Read_JsonOfPrompts_AppendsWhatIsExpected() =>
        Assert.AreEqual(
            new SampleDocument.Rendered("<|user|>1 + 1<|end|>2"),
            Read("a.json", "[{\"prompt\": \"<|user|>1 + 1<|end|>\", \"expected\": \"2\"}]")[0]);

    [TestMethod]
    public void Read_AnythingElse_IsOneText() => Assert.AreEqual(new SampleDocument.Plain("# Title\n"), Read("a.md", "# Title\n")[0]);

    [TestMethod]
    [DataRow("a.jsonl", "{\"messages\": 1}")]
    [DataRow("a.jsonl", "not json")]
    [DataRow("a.jsonl", "{}")]
    [DataRow("a.json", "{}")]
    [DataRow("a.json", "[{\"prompt\": null}]")]
    [DataRow("a.json", "[]")]
    [DataRow("a.txt", " \n")]
    public void Read_Malformed_IsRefusedWithTheFilesName(string name, string content)
    {
        FormatException error = Assert.ThrowsExactly<FormatException>(() => Read(name, content));
        Assert.Contains(name, error.Message);
    }

    [TestMethod]
    public void ForCalibrationAndForMeasuring_OfTheDemo_ShareNoDocument()
    {
        SampleDocument[] calibration = [.. SampleTexts.ForCalibration(DemoModel.Checkpoint)];
        SampleDocument[] measuring = [.. SampleTexts.ForMeasuring(DemoModel.Checkpoint)];
        Assert.IsNotEmpty(measuring);
        Assert.IsGreaterThan(5, calibration.OfType<SampleDocument.Plain>().Count());
        Assert.IsEmpty(calibration.Intersect(measuring));
    }

    [TestMethod]
    public void ForMeasuring_CheckpointWithoutExamples_IsTheToolsOwnText()
    {
        using TemporaryFolder folder = new();
        Assert.IsGreaterThan(5, SampleTexts.ForMeasuring(folder.Path).Count);
    }

    [TestMethod]
    public void Cut_LongAndShortDocuments_GivesWindowsUpToTheLimit()
    {
        IReadOnlyList<int[]> windows = TokenWindows.Cut([[1, 2, 3, 4, 5], [6], [7, 8, 9]], length: 2, limit: 8);

        // Windows of a single token predict nothing.
        Assert.AreEqual("1,2|3,4|7,8", string.Join('|', windows.Select(window => string.Join(',', window))));
    }

    private static IReadOnlyList<SampleDocument> Read(string name, string content)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder[name], content);
        return SampleFile.Read(folder[name]);
    }
}
