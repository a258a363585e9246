using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>Clients that leave in the midst of an answer that another node computes.</summary>
[TestClass]
public sealed class LeaveTests
{
    [TestMethod]
    public async Task Leave_WhileOtherNodesCompute_FreesEverySlot()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(await ChaosModel.FolderAsync());
        using CancellationTokenSource leave = new();
        (StreamOutcome Outcome, Task Done)[] streams = [.. Enumerable.Range(0, 12).Select(number =>
        {
            StreamOutcome outcome = new();
            return (outcome, (Task)cluster.Client.AskAsync(
                cluster.Node(0).Address, new Question(number, 1500).Body(stream: true), outcome, cancellationToken: leave.Token));
        })];
        using CancellationTokenSource limit = new(HangGuard.Limit);
        while (Array.Exists(streams, stream => stream.Outcome.Pieces < 5 && !stream.Done.IsCompleted))
        {
            await Task.Delay(5, limit.Token);
        }

        double elsewhere = await cluster.FigureAsync(0, "alora_cluster_requests_total", "elsewhere");
        await leave.CancelAsync();
        await Task.WhenAll(streams.Select(stream => stream.Done.ContinueWith(_ => { }, TaskScheduler.Default)));

        Assert.IsGreaterThan(0d, elsewhere, "Nothing ran elsewhere, so that nothing was tested.");
        for (int node = 0; node < cluster.Count; node++)
        {
            while (await BusyAsync(cluster, node) is double busy and > 0)
            {
                Assert.IsFalse(limit.IsCancellationRequested, $"node {node} still has {busy} requests.");
                await Task.Delay(50);
            }
        }
    }

    private static async Task<double> BusyAsync(TestCluster cluster, int node) =>
        await cluster.FigureAsync(node, "alora_requests_running") + await cluster.FigureAsync(node, "alora_requests_waiting")
        + await cluster.FigureAsync(node, "alora_cluster_hosted_requests") + await cluster.FigureAsync(node, "alora_cluster_load");
}
