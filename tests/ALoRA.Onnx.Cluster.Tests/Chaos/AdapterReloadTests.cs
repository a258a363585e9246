using System.Text.Json.Nodes;
using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>Adapters come, are replaced and go while requests use them; files are on one node alone.</summary>
[TestClass]
public sealed class AdapterReloadTests
{
    private const string Name = "reloaded";

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public async Task Reload_UnderLoad_NoAnswerOfOldWeightsAfterTheNewOnesWereAcknowledged()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(await ChaosModel.FolderAsync());
        string model = await ChaosModel.FolderAsync();

        // Other names of adapters that all nodes have, so that what is right is known. Three, so that the one before is not the next one.
        (string Path, string Twin)[] versions =
            [("first", "certainty-lora"), ("second", "jailbreak-lora"), ("third", "query_rewrite-lora")];
        foreach ((string path, string twin) in versions)
        {
            AdapterFiles.Copy(Path.Combine(model, "adapters", twin), Path.Combine(cluster.AdaptersOf(0), path));
        }

        References references = await ChaosModel.ReferencesAsync();
        Dictionary<string, string>[] right = [[], [], []];
        for (int i = 0; i < versions.Length; i++)
        {
            foreach (Question question in Questions(versions[i].Twin))
            {
                StreamOutcome outcome = await cluster.Client.AskAsync(references.Node, question.Body(stream: true));
                right[i][question.Text] = outcome.Text;
            }
        }

        Assert.IsTrue(
            right[0].Keys.All(key => right.Select(answers => answers[key]).Distinct().Count() == right.Length),
            "Versions answer alike, so that nothing would be tested.");
        int version = -1;
        int refused = 0;
        int[] answered = [0, 0, 0];
        List<string> problems = [];
        using CancellationTokenSource end = new();
        Task[] clients = [.. Enumerable.Range(0, 6).Select(client => Task.Run(() => AskAsync(client)))];
        for (int change = 0; change < 4; change++)
        {
            string path = versions[change % versions.Length].Path;
            await ChangeAsync(change == 0 ? null : "/v1/unload_lora_adapter", null);
            await ChangeAsync("/v1/load_lora_adapter", path);
            Volatile.Write(ref version, change);
            int enough = Volatile.Read(ref answered[change % versions.Length]) + 12;
            while (Volatile.Read(ref answered[change % versions.Length]) < enough && problems.Count == 0)
            {
                await Task.Delay(20);
            }
        }

        // A node that comes new has it as well.
        cluster.Node(2).Kill();
        await cluster.WaitForSizeAsync(2);
        await cluster.StartNodeAsync(2);
        await cluster.WaitForSizeAsync(3);
        await end.CancelAsync();
        await Task.WhenAll(clients).WaitAsync(HangGuard.Limit);
        foreach (Question question in Questions(Name))
        {
            StreamOutcome outcome = await cluster.Client.AskAsync(cluster.Node(2).Address, question.Body(stream: true));
            Assert.AreEqual(right[0][question.Text], outcome.Text, outcome.Error);
        }

        TestContext.WriteLine($"{string.Join(", ", answered)} answers of the versions, {refused} were refused while there was none");
        Assert.IsEmpty(problems, string.Join('\n', problems));

        async Task ChangeAsync(string? path, string? source)
        {
            if (path is null)
            {
                return;
            }

            JsonObject body = new() { ["lora_name"] = Name };
            if (source is not null)
            {
                body["lora_path"] = source;
            }

            (int status, string answer) = await cluster.Client.PostAsync(cluster.Node(0).Address, path, body, TestCluster.AdminKey);
            Assert.AreEqual(200, status, answer);
            Assert.DoesNotContain("Not everywhere", answer);
        }

        async Task AskAsync(int client)
        {
            Question[] questions = [.. Questions(Name)];
            for (int turn = client; !end.IsCancellationRequested; turn++)
            {
                Question question = questions[turn % questions.Length];
                int known = Volatile.Read(ref version);
                int node = turn % 2;
                StreamOutcome outcome = await cluster.Client.AskAsync(cluster.Node(node).Address, question.Body(stream: true));

                // A change that was not acknowledged when it was asked may or may not be seen; what was acknowledged must be.
                int now = Volatile.Read(ref version);
                int[] allowed =
                    [.. Enumerable.Range(Math.Max(known, 0), now + 2 - Math.Max(known, 0)).Select(change => change % versions.Length)];
                if (!outcome.IsComplete)
                {
                    if (IsRefused(outcome))
                    {
                        Interlocked.Increment(ref refused);
                        await Task.Delay(20);
                        continue;
                    }

                    Note($"{(int)outcome.Status} after {outcome.Pieces} pieces: {outcome.Error}");
                    return;
                }

                int got = Array.FindIndex(right, answers => answers[question.Text] == outcome.Text);
                if (!allowed.Contains(got))
                {
                    Note($"Version {known} was acknowledged, the answer is of {got}: {outcome.Text}");
                    return;
                }

                Interlocked.Increment(ref answered[got]);
            }
        }

        void Note(string problem)
        {
            lock (problems)
            {
                problems.Add(problem);
            }
        }
    }

    [TestMethod]
    [DataRow(Stores.Redis)]
    [DataRow(Stores.Postgres)]
    public async Task Change_AcknowledgedVersions_AreTheOnlyOnesThatAnswerOnEveryNode(string store)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            await ChaosModel.FolderAsync(), await Stores.StartAsync(store), 3);
        string model = await ChaosModel.FolderAsync();
        AdapterFiles.Copy(Path.Combine(model, "adapters", "certainty-lora"), Path.Combine(cluster.AdaptersOf(1), "first"));
        AdapterFiles.Copy(Path.Combine(model, "adapters", "jailbreak-lora"), Path.Combine(cluster.AdaptersOf(2), "second"));
        await PostAsync(1, "/v1/load_lora_adapter", new JsonObject { ["lora_name"] = Name, ["lora_path"] = "first" }, 200);
        await CheckAsync("certainty-lora");

        // Its name is taken on every node, and it may be unloaded on any.
        await PostAsync(2, "/v1/load_lora_adapter", new JsonObject { ["lora_name"] = Name, ["lora_path"] = "second" }, 409);
        await PostAsync(0, "/v1/unload_lora_adapter", new JsonObject { ["lora_name"] = Name }, 200);
        await CheckAsync(null);
        await PostAsync(0, "/v1/unload_lora_adapter", new JsonObject { ["lora_name"] = Name }, 404);
        await PostAsync(2, "/v1/load_lora_adapter", new JsonObject { ["lora_name"] = Name, ["lora_path"] = "second" }, 200);
        await CheckAsync("jailbreak-lora");

        // One of the model's folder stays away, also from nodes that start later.
        await PostAsync(0, "/v1/unload_lora_adapter", new JsonObject { ["lora_name"] = "answerability" }, 200);
        cluster.Node(0).Kill();
        await cluster.WaitForSizeAsync(2);
        await cluster.StartNodeAsync(0);
        await cluster.WaitForSizeAsync(3);
        await CheckAsync("jailbreak-lora");
        for (int node = 0; node < cluster.Count; node++)
        {
            (_, string models) = await cluster.Client.GetAsync(cluster.Node(node).Address, "/v1/models");
            Assert.DoesNotContain("\"answerability\"", models, $"node {node}");
            Assert.Contains($"\"{Name}\"", models, $"node {node}");
        }

        async Task PostAsync(int node, string path, JsonObject body, int expected)
        {
            (int status, string answer) = await cluster.Client.PostAsync(cluster.Node(node).Address, path, body, TestCluster.AdminKey);
            Assert.AreEqual(expected, status, answer);
            Assert.DoesNotContain("Not everywhere", answer);
        }

        async Task CheckAsync(string? twin)
        {
            Question question = Questions(Name).First();
            for (int node = 0; node < cluster.Count; node++)
            {
                Uri address = cluster.Node(node).Address;
                StreamOutcome outcome = await cluster.Client.AskAsync(address, question.Body(stream: true));
                if (twin is null)
                {
                    Assert.AreEqual(404, (int)outcome.Status, $"node {node}: {outcome.Error}");
                    continue;
                }

                StreamOutcome right = await cluster.Client.AskAsync(address, (question with { Model = twin }).Body(stream: true));
                Assert.AreEqual(right.Text, outcome.Text, $"node {node}: {outcome.Error}");
            }
        }
    }

    [TestMethod]
    public async Task Internal_WithoutTheClustersKey_GivesNothing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(await ChaosModel.FolderAsync(), 1);
        string model = await ChaosModel.FolderAsync();
        AdapterFiles.Copy(Path.Combine(model, "adapters", "certainty-lora"), Path.Combine(cluster.AdaptersOf(0), "first"));
        (int status, string answer) = await cluster.Client.PostAsync(
            cluster.Node(0).Address, "/v1/load_lora_adapter", new JsonObject { ["lora_name"] = Name, ["lora_path"] = "first" },
            TestCluster.AdminKey);
        Assert.AreEqual(200, status, answer);
        using AloraModel opened = await AloraModel.OpenAsync(model);
        string path = $"/internal/adapters/{opened.Adapters.Get("certainty-lora").ContentHash}";

        foreach (string? key in (string?[])[null, "", TestCluster.AdminKey, TestCluster.ClusterKey + "x", TestCluster.ClusterKey[1..]])
        {
            (status, _) = await cluster.Client.GetAsync(cluster.Node(0).Address, path, key);
            Assert.AreEqual(404, status, key);
        }

        (status, _) = await cluster.Client.GetAsync(cluster.Node(0).Address, path, TestCluster.ClusterKey);
        Assert.AreEqual(200, status);
        (status, _) = await cluster.Client.GetAsync(cluster.Node(0).Address, "/internal/adapters/00", TestCluster.ClusterKey);
        Assert.AreEqual(404, status);
    }

    // With a status, or within a stream that a comment has begun because the first token took its time.
    private static bool IsRefused(StreamOutcome outcome) =>
        outcome.Pieces == 0 && ((int)outcome.Status is 404 or 503 || Array.Exists(
            ["model_not_found", "adapter_lags", "adapter_replaced"],
            code => outcome.Error?.Contains(code, StringComparison.Ordinal) == true));

    private static IEnumerable<Question> Questions(string model) =>
        Enumerable.Range(0, 6).Select(number => new Question(2 * number, 24, model));
}
