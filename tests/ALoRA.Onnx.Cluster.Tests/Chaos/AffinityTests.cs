using System.Globalization;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>
/// Conversations of several turns, an intrinsic after each, every request at another node: the rows of the prefix are found all the same.
/// <c>ALORA_SOAK_AFFINITY=200</c> has so many of them.
/// </summary>
[TestClass]
public sealed class AffinityTests
{
    private const int Together = 8;
    private const int EnoughForSpread = 100;

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public async Task Conversations_EachRequestAtAnotherNode_FindWhatOneNodeAloneWould()
    {
        int count = Soak.Number("ALORA_SOAK_AFFINITY", otherwise: 12);
        int turns = count >= EnoughForSpread ? 5 : 3;
        References references = await ChaosModel.ReferencesAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(await ChaosModel.FolderAsync());
        Uri[] nodes = [.. Enumerable.Range(0, cluster.Count).Select(node => cluster.Node(node).Address)];

        Talk[] alone = await TalkAsync(cluster.Client, count, turns, [references.Node]);
        double[] before = await WorkAsync(cluster);
        Talk[] together = await TalkAsync(cluster.Client, count, turns, nodes);
        double[] after = await WorkAsync(cluster);

        for (int i = 0; i < count; i++)
        {
            Assert.IsTrue(alone[i].Answers.SequenceEqual(together[i].Answers), $"Conversation {i} went another way than on one node.");
        }

        double found = (double)together.Sum(talk => talk.Cached) / alone.Sum(talk => talk.Cached);
        double[] work = [.. after.Zip(before, (now, then) => now - then)];
        double spread = work.Max() / work.Average();
        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} conversations of {turns} turns and intrinsics: {together.Sum(talk => talk.Cached)} of "
            + $"{together.Sum(talk => talk.Prompt)} prompt tokens cached, {found:p1} of one node's; work of the nodes "
            + $"{string.Join(", ", work.Select(tokens => tokens.ToString("f0", CultureInfo.InvariantCulture)))} tokens, most "
            + $"{spread:f2} of the mean"));
        Assert.IsGreaterThanOrEqualTo(0.95, found);
        if (count >= EnoughForSpread)
        {
            Assert.IsLessThanOrEqualTo(1.3, spread);
        }
    }

    private static async Task<Talk[]> TalkAsync(StreamClient client, int count, int turns, Uri[] nodes)
    {
        Talk[] talks = [.. Enumerable.Range(0, count).Select(_ => new Talk())];
        await Parallel.ForAsync(
            0, count, new ParallelOptions { MaxDegreeOfParallelism = Together },
            async (number, _) => await TalkAsync(client, number, turns, nodes, talks[number]));
        return talks;
    }

    private static async Task TalkAsync(StreamClient client, int number, int turns, Uri[] nodes, Talk talk)
    {
        int asked = number;
        JsonArray messages = [];
        for (int turn = 0; turn < turns; turn++)
        {
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = new Question((number * 7) + turn, 40).Text });
            JsonObject answer = await PostAsync("/v1/chat/completions", new JsonObject
            {
                ["messages"] = messages.DeepClone(),
                ["max_tokens"] = 40,
                ["temperature"] = 0,
            });
            string text = answer["choices"]![0]!["message"]!["content"]!.GetValue<string>();
            talk.Take(text, answer["usage"]!);
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = text });
            JsonObject checkedAnswer = await PostAsync("/v1/intrinsics", new JsonObject
            {
                ["messages"] = messages.DeepClone(),
                ["intrinsics"] = new JsonArray(new JsonObject { ["name"] = "certainty" }),
            });
            talk.Take(checkedAnswer["results"]![0]!["text"]!.GetValue<string>(), checkedAnswer["usage"]!);
        }

        async Task<JsonObject> PostAsync(string path, JsonObject body)
        {
            (int status, string answer) = await client.PostAsync(nodes[asked++ % nodes.Length], path, body);
            Assert.AreEqual(200, status, answer);
            return JsonNode.Parse(answer)!.AsObject();
        }
    }

    // What each node computed: tokens of prompts that were not cached, and generated ones.
    private static async Task<double[]> WorkAsync(TestCluster cluster)
    {
        double[] work = new double[cluster.Count];
        for (int node = 0; node < cluster.Count; node++)
        {
            work[node] = await cluster.FigureAsync(node, "alora_prompt_tokens_total")
                - await cluster.FigureAsync(node, "alora_cached_tokens_total")
                + await cluster.FigureAsync(node, "alora_generated_tokens_total");
        }

        return work;
    }

    private sealed class Talk
    {
        public List<string> Answers { get; } = [];

        public int Cached { get; private set; }

        public int Prompt { get; private set; }

        public void Take(string answer, JsonNode usage)
        {
            Answers.Add(answer);
            Prompt += usage["prompt_tokens"]!.GetValue<int>();
            Cached += usage["prompt_tokens_details"]!["cached_tokens"]!.GetValue<int>();
        }
    }
}
