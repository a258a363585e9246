using System.Text.Json.Nodes;
using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>The store of the members is away.</summary>
[TestClass]
public sealed class StoreTests
{
    [TestMethod]
    [DataRow(Stores.Redis)]
    [DataRow(Stores.Postgres)]
    public async Task Store_IsAwayUnderLoad_RunningAndNewStreamsEndAndItRecoversByItself(string store)
    {
        int seconds = Soak.Number("ALORA_SOAK_STORE_SECONDS", otherwise: 8);
        await using TestCluster cluster = await TestCluster.StartAsync(
            await ChaosModel.FolderAsync(), await Stores.StartAsync(store), 3);
        Question[] questions = [.. Enumerable.Range(0, 9).Select(number => new Question(number, 300))];
        StreamLoad running = await StreamLoad.StartAsync(cluster, questions);
        await running.WaitForPiecesAsync(5);

        cluster.Store.Stop();
        IReadOnlyList<string> problems = await running.EndAsync();
        Assert.IsEmpty(problems, string.Join('\n', problems));
        DateTime until = DateTime.UtcNow.AddSeconds(seconds);
        do
        {
            problems = await (await StreamLoad.StartAsync(cluster, questions)).EndAsync();
            Assert.IsEmpty(problems, string.Join('\n', problems));
        }
        while (DateTime.UtcNow < until);

        (int status, string ready) = await WhenReadySaysAsync(cluster, text => text.Contains("degraded", StringComparison.Ordinal));
        Assert.AreEqual(200, status, "A node that still answers is ready.");
        Assert.Contains("degraded", ready);
        await LoadAsync(503, "store_unavailable");

        await cluster.Store.RestartAsync();
        (status, ready) = await WhenReadySaysAsync(cluster, text => !text.Contains("degraded", StringComparison.Ordinal));
        Assert.AreEqual(200, status);
        Assert.DoesNotContain("degraded", ready);
        await cluster.WaitForSizeAsync(3);
        problems = await (await StreamLoad.StartAsync(cluster, questions)).EndAsync();
        Assert.IsEmpty(problems, string.Join('\n', problems));
        await LoadAsync(200, "Success");

        // Whole again: a death is noticed.
        cluster.Node(2).Kill();
        await cluster.Node(2).Process.WaitForExitAsync();
        await cluster.WaitForSizeAsync(2);

        async Task LoadAsync(int expected, string text)
        {
            string model = await ChaosModel.FolderAsync();
            AdapterFiles.Copy(Path.Combine(model, "adapters", "certainty-lora"), Path.Combine(cluster.AdaptersOf(0), "late"));
            (int got, string answer) = await cluster.Client.PostAsync(
                cluster.Node(0).Address, "/v1/load_lora_adapter", new JsonObject { ["lora_name"] = "late", ["lora_path"] = "late" },
                TestCluster.AdminKey);
            Assert.AreEqual(expected, got, answer);
            Assert.Contains(text, answer);
        }
    }

    [TestMethod]
    [DataRow(Stores.Redis)]
    [DataRow(Stores.Postgres)]
    public async Task Terminate_WithTheStoreAway_EndsWithinTheDeadline(string store)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            await ChaosModel.FolderAsync(), await Stores.StartAsync(store), 2);
        StreamLoad load = await StreamLoad.StartAsync(cluster, [new Question(0, 300), new Question(1, 300)], 0);
        await load.WaitForPiecesAsync(5);
        cluster.Store.Stop();

        Task<TimeSpan>[] ending = [cluster.Node(0).TerminateAsync(), cluster.Node(1).TerminateAsync()];
        TimeSpan[] took = await Task.WhenAll(ending);
        IReadOnlyList<string> problems = await load.EndAsync();

        Assert.IsEmpty(problems, string.Join('\n', problems));
        Assert.IsLessThan(TimeSpan.FromSeconds(20 + 5), took.Max(), "The deadline of the drain is 20 s.");
    }

    private static async Task<(int Status, string Body)> WhenReadySaysAsync(TestCluster cluster, Func<string, bool> isSaid)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        while (true)
        {
            (int status, string body) = await cluster.Client.GetAsync(cluster.Node(0).Address, "/ready");
            if (isSaid(body) || limit.IsCancellationRequested)
            {
                return (status, body);
            }

            await Task.Delay(100);
        }
    }
}
