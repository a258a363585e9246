using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>A node that stops gives what it has to those that go on.</summary>
[TestClass]
public sealed class DrainTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    public async Task Terminate_LongAnswersRun_TheirRowsGoAlongAndNoTokenIsLost()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            await ChaosModel.FolderAsync(), 2, "--drain-timeout", "1");

        // What both have measured decides, so that both have computed something.
        foreach (int node in (int[])[0, 1])
        {
            for (int i = 0; i < 4; i++)
            {
                await cluster.Client.AskAsync(
                    cluster.Node(node).Address, new Question(100 + (10 * i) + (5 * node) + 4, 4).Body(stream: true));
            }
        }

        StreamLoad load = await StreamLoad.StartAsync(
            cluster, [.. Enumerable.Range(0, 8).Select(number => new Question((5 * number) + 4, 900))], 0);
        await load.WaitForPiecesAsync(60);
        TimeSpan took = await cluster.Node(1).TerminateAsync();
        IReadOnlyList<string> problems = await load.EndAsync();

        double handedOver = await cluster.FigureAsync(0, "alora_cluster_moves_total", "stopped");
        double rows = await cluster.FigureAsync(0, "alora_cluster_fetched_rows_total");
        TestContext.WriteLine($"ended after {took.TotalSeconds:f1} s; {handedOver} streams handed over, {rows} rows fetched\n"
            + cluster.Node(0).Log);
        Assert.IsEmpty(problems, string.Join('\n', problems));
        Assert.IsLessThan(TimeSpan.FromSeconds(1 + 10), took);
        Assert.IsGreaterThan(0d, handedOver, "No stream ran on the node that stopped, so that nothing was tested.");
        Assert.IsGreaterThan(0d, rows);
    }

    [TestMethod]
    public async Task Terminate_NothingRuns_TheNextTurnOfItsConversationsIsInTheOthersCache()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(await ChaosModel.FolderAsync(), 2);
        Question[] questions = [.. Enumerable.Range(0, 10).Select(number => new Question((5 * number) + 4, 4))];
        foreach (Question question in questions)
        {
            await cluster.Client.AskAsync(cluster.Node(0).Address, question.Body(stream: true));
        }

        double elsewhere = await cluster.FigureAsync(0, "alora_cluster_requests_total", "elsewhere");
        await cluster.Node(1).TerminateAsync();
        double rows = await cluster.FigureAsync(0, "alora_cluster_fetched_rows_total");
        int cached = 0;
        int prompt = 0;
        foreach (Question question in questions)
        {
            StreamOutcome outcome = await cluster.Client.AskAsync(cluster.Node(0).Address, question.Body(stream: true));
            Assert.IsTrue(outcome.IsComplete, outcome.Error);
            cached += outcome.CachedTokens;
            prompt += outcome.PromptTokens;
        }

        TestContext.WriteLine($"{elsewhere} of {questions.Length} conversations were at the node that stopped, {rows} rows came from it, "
            + $"{cached} of {prompt} prompt tokens were cached afterwards\n{cluster.Node(1).Log}");
        Assert.IsGreaterThan(0d, elsewhere, "No conversation was at the node that stopped, so that nothing was tested.");

        // How many of them are quicker fetched than computed is the machine's word, but what came is found.
        Assert.IsGreaterThan(0d, rows);
        Assert.IsGreaterThanOrEqualTo((int)rows, cached);
    }
}
