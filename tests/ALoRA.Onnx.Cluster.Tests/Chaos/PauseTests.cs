using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>A node that stands still for longer than the others wait, and goes on: a long pause of the runtime or of the machine.</summary>
[TestClass]
public sealed class PauseTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    [TestMethod]
    public async Task Stopped_ForTenSeconds_ItsStreamsGoOnElsewhereAndNothingOfItComesLater()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(await ChaosModel.FolderAsync());
        StreamLoad load = await StreamLoad.StartAsync(
            cluster, [.. Enumerable.Range(0, 12).Select(number => new Question(number, 500))], 0, 1);
        await load.WaitForPiecesAsync(5);

        Signals.Stop(cluster.Node(2).Process);
        IReadOnlyList<string> problems;
        try
        {
            await Task.Delay(Pause);
            await cluster.WaitForSizeAsync(2, 0, 1);
        }
        finally
        {
            Signals.Continue(cluster.Node(2).Process);
        }

        problems = await load.EndAsync();
        Assert.IsEmpty(problems, string.Join('\n', problems));

        // It either is a member again, with nothing of before in its slots, or has ended so that whoever watches it starts it again.
        if (await IsBackAsync(cluster))
        {
            Assert.AreEqual(0d, await IdleAsync(cluster, 2), "Requests of before the pause still run.");
        }
        else
        {
            await cluster.StartNodeAsync(2);
        }

        await cluster.WaitForSizeAsync(3);
        StreamLoad after = await StreamLoad.StartAsync(cluster, [.. Enumerable.Range(0, 6).Select(number => new Question(number, 500))]);
        problems = await after.EndAsync();
        Assert.IsEmpty(problems, string.Join('\n', problems));
    }

    private static async Task<bool> IsBackAsync(TestCluster cluster)
    {
        using CancellationTokenSource limit = new(HangGuard.Limit);
        while (!cluster.Node(2).Process.HasExited)
        {
            limit.Token.ThrowIfCancellationRequested();
            if (await cluster.FigureAsync(0, "alora_cluster_members") >= 3)
            {
                return true;
            }

            await Task.Delay(100);
        }

        return false;
    }

    // What runs there, once it has had time to see that nobody waits for it.
    private static async Task<double> IdleAsync(TestCluster cluster, int node)
    {
        double running = double.NaN;
        for (int i = 0; i < 100 && running != 0; i++)
        {
            running = await cluster.FigureAsync(node, "alora_requests_running") + await cluster.FigureAsync(node, "alora_requests_waiting");
            await Task.Delay(100);
        }

        return running;
    }
}
