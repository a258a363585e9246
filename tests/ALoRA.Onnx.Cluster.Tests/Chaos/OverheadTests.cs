using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>
/// What a cluster of one node costs beside a server without one. <c>ALORA_SOAK_OVERHEAD=10</c> measures so many rounds, in turns.
/// </summary>
[TestClass]
public sealed class OverheadTests
{
    private const int Streams = 8;
    private const int Tokens = 256;
    private const int FirstTokens = 40;

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public async Task OneNode_BesideAServerWithoutACluster_CostsLittle()
    {
        int rounds = Soak.Number("ALORA_SOAK_OVERHEAD", otherwise: 0);
        if (rounds == 0)
        {
            Assert.Inconclusive("Set ALORA_SOAK_OVERHEAD to the number of rounds; times say nothing on a machine that does other things.");
        }

        References references = await ChaosModel.ReferencesAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(await ChaosModel.FolderAsync(), 1);
        Uri[] servers = [references.Node, cluster.Node(0).Address];
        List<double>[] rates = [[], []];
        List<double>[] firsts = [[], []];
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < servers.Length; i++)
            {
                int server = (i + round + 2) % servers.Length;
                (double rate, List<double> first) = await MeasureAsync(cluster.Client, servers[server]);
                if (round >= 0)
                {
                    rates[server].Add(rate);
                    firsts[server].AddRange(first);
                }
            }
        }

        // A machine that does other things adds time and never takes any away.
        double ratio = rates[1].Max() / rates[0].Max();
        double[] first2 = [.. firsts.Select(times => Median(times))];
        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rounds} rounds of {Streams} streams of {Tokens} tokens: {rates[0].Max():f0} tokens/s without, {rates[1].Max():f0} with "
            + $"({ratio:f3} of the best rounds, {Median(rates[1]) / Median(rates[0]):f3} of the medians); first token "
            + $"{first2[0]:f2} ms without, "
            + $"{first2[1]:f2} ms with (medians), {firsts[0].Min():f2} and {firsts[1].Min():f2} ms (least)"));
        Assert.IsGreaterThanOrEqualTo(0.97, ratio);
        Assert.IsLessThanOrEqualTo(first2[0] + 3, first2[1]);
    }

    private static async Task<(double Rate, List<double> FirstMilliseconds)> MeasureAsync(StreamClient client, Uri server)
    {
        long started = Stopwatch.GetTimestamp();
        StreamOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, Streams).Select(
            number => client.AskAsync(server, new Question(2 * number, Tokens).Body(stream: true))));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Assert.IsTrue(Array.TrueForAll(outcomes, outcome => outcome.IsComplete), outcomes.FirstOrDefault(o => !o.IsComplete)?.Error);
        List<double> first = [];
        for (int i = 0; i < FirstTokens; i++)
        {
            StreamOutcome outcome = await client.AskAsync(server, new Question(i % 4, 2).Body(stream: true));
            first.Add(outcome.FirstPiece?.TotalMilliseconds ?? throw new AssertFailedException(outcome.Error ?? "No piece came."));
        }

        return (outcomes.Sum(outcome => outcome.Tokens) / seconds, first);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
