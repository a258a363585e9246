namespace ALoRA.Onnx.Extensions.AI.Tests.Samples;

/// <summary>What the samples print on the demo model, and when they can't run.</summary>
[TestClass]
public sealed class SampleTests
{
    [TestMethod]
    public async Task RagIntrinsics_DocumentsAndQuestions_PrintsEveryStepOnTheSameCache()
    {
        SampleRun run = await SampleRun.StartAsync("RagIntrinsics", "--model", await DemoModel.FolderAsync());
        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("user: How old is Mia?", run.Output);
        Assert.Contains("assistant: Mia is 81 years old.", run.Output);
        Assert.Contains("assistant: Gina lives in Lisbon.", run.Output);
        Assert.MatchesRegex(
            @"(?s)query_rewrite +How old is Mia\? +0 +\d+ .*answerability +answerable +\d\d +5 +2 .*"
            + @"answer +Mia is .* \d\d +3 .*certainty +9\d % +1\d\d +4 +1 ",
            run.Output);
        Assert.MatchesRegex(
            @"(?s)How many cards does.*answerability +unanswerable +1\d\d +5 +2 .*certainty +1?\d % +1\d\d +4 +1 ", run.Output);
    }

    [TestMethod]
    public async Task RagIntrinsics_OwnDocument_IsAnsweredFrom()
    {
        SampleRun run = await SampleRun.StartAsync(
            "RagIntrinsics", "-m", await DemoModel.FolderAsync(), "-d", "Hugo lives in Lisbon.", "-q", "Where does Hugo live?");
        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("assistant: Hugo lives in Lisbon.", run.Output);
    }

    [TestMethod]
    public async Task GenericHost_Questions_AreAnsweredJudgedGuardedAndTraced()
    {
        SampleRun run = await SampleRun.StartAsync("GenericHost", "--model", await DemoModel.FolderAsync());
        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("health: Healthy", run.Output);
        Assert.MatchesRegex(@"assistant: 47 \+ 38 = 85\. \(9\d % sure\)", run.Output);
        Assert.Contains("assistant: I do not answer that. (not judged, content_filter)", run.Output);
        foreach (string name in new[]
            {
                "Activity.DisplayName:        chat demo", "gen_ai.usage.cache_read.input_tokens", "alora.tokens.reused",
                "alora.cache.bytes", "alora.adapter: certainty",
            })
        {
            Assert.Contains(name, run.Output);
        }
    }

    [TestMethod]
    public async Task GenericHost_WrongSettings_AreAllNamed()
    {
        SampleRun run = await SampleRun.StartAsync(
            "GenericHost", "--model", Path.Combine(Path.GetTempPath(), "no-such-model"), "--Alora:MaxConcurrentRequests", "0");
        Assert.AreEqual(1, run.ExitCode);
        Assert.HasCount(2, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("alora export", run.Error);
        Assert.Contains("MaxConcurrentRequests is 0", run.Error);
    }

    [TestMethod]
    public async Task Samples_Help_NamesTheirOptions()
    {
        foreach (string name in new[] { "RagIntrinsics", "GenericHost" })
        {
            SampleRun run = await SampleRun.StartAsync(name, "--help");
            Assert.AreEqual(0, run.ExitCode);
            Assert.Contains("--question", run.Output);
        }
    }
}
