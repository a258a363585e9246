using System.Globalization;
using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>Nodes that die under streams. <c>ALORA_SOAK_NODE_KILLS=20</c> kills so often, under 48 streams.</summary>
[TestClass]
public sealed class KillTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    public async Task Kill_OneOfThreeUnderStreams_LosesRepeatsAndChangesNoToken()
    {
        int kills = Soak.Number("ALORA_SOAK_NODE_KILLS", otherwise: 1);
        (int streams, int tokens) = kills > 1 ? (48, 300) : (12, 500);

        // Two have places for the streams of three, so that a pause is not the wait for a place.
        await using TestCluster cluster = await TestCluster.StartAsync(
            await ChaosModel.FolderAsync(), 3, kills > 1 ? ["--max-rows", "32"] : []);
        List<TimeSpan> pauses = [];
        int broken = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            int victim = kill % cluster.Count;
            int[] others = [.. Enumerable.Range(0, cluster.Count).Where(node => node != victim)];
            double before = await ResumesAsync(cluster, others);
            StreamLoad load = await StreamLoad.StartAsync(
                cluster, [.. Enumerable.Range(0, streams).Select(number => new Question(number, tokens))], others);
            await load.WaitForPiecesAsync(5, part: kills > 1 ? 0.75 : 1);
            int running = load.Running;
            cluster.Node(victim).Kill();

            IReadOnlyList<string> problems = await load.EndAsync();
            Assert.IsEmpty(
                problems,
                $"Kill {kill}, {running} of {streams} streams ran:\n{string.Join('\n', problems)}\n\n{cluster.Node(others[0]).Log}");
            int resumes = (int)(await ResumesAsync(cluster, others) - before);
            broken += resumes;
            pauses.AddRange(load.Pauses().TakeLast(resumes));
            TestContext.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"kill {kill}: {running} of {streams} streams ran, {resumes} were resumed, longest pause "
                + $"{load.Pauses()[^1].TotalSeconds:f1} s"));
            await cluster.WaitForSizeAsync(others.Length);
            if (kill + 1 < kills)
            {
                await cluster.StartNodeAsync(victim);
                await cluster.WaitForSizeAsync(cluster.Count);
            }
        }

        pauses.Sort();
        Assert.IsGreaterThan(0, broken, "No stream ran on a node that was killed, so that nothing was tested.");
        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kills} kills of one of three nodes under {streams} streams: {broken} streams resumed, lost, repeated or different tokens 0, "
            + $"pause p50 {Soak.At(pauses, 0.5).TotalSeconds:f1} s, p95 {Soak.At(pauses, 0.95).TotalSeconds:f1} s"));
    }

    private static async Task<double> ResumesAsync(TestCluster cluster, int[] nodes)
    {
        double sum = 0;
        foreach (int node in nodes)
        {
            sum += await cluster.FigureAsync(node, "alora_cluster_moves_total", "died");
        }

        return sum;
    }
}
