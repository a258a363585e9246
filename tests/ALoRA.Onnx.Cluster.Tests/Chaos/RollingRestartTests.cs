using System.Collections.Concurrent;
using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>One node after another is replaced while requests come.</summary>
[TestClass]
public sealed class RollingRestartTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    [DataRow(Stores.Redis)]
    [DataRow(Stores.Postgres)]
    public async Task RollingRestart_UnderLoad_NoClientSeesAnError(string store)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            await ChaosModel.FolderAsync(), await Stores.StartAsync(store), 3);
        References references = await ChaosModel.ReferencesAsync();
        Question[] questions = [.. Enumerable.Range(0, 6).Select(number => new Question(number, 200))];
        foreach (Question question in questions)
        {
            await references.OfAsync(question);
        }

        using CancellationTokenSource end = new();
        ConcurrentBag<string> problems = [];
        int answered = 0;
        int elsewhere = 0;
        bool[] isOpen = [true, true, true];
        Task[] clients = [.. Enumerable.Range(0, questions.Length).Select(client => Task.Run(() => AskAsync(client)))];
        for (int node = 0; node < cluster.Count; node++)
        {
            int before = Volatile.Read(ref answered);
            TimeSpan took = await TerminateAsync(node);
            TestContext.WriteLine($"node {node} ended after {took.TotalSeconds:f1} s");
            await cluster.StartNodeAsync(node);
            await cluster.WaitForSizeAsync(cluster.Count);
            isOpen[node] = true;
            while (Volatile.Read(ref answered) < before + questions.Length && problems.IsEmpty)
            {
                await Task.Delay(20);
            }
        }

        await end.CancelAsync();
        await Task.WhenAll(clients).WaitAsync(HangGuard.Limit);
        TestContext.WriteLine($"{answered} answers, {elsewhere} of them were sent again to another node");
        Assert.IsEmpty(problems, string.Join('\n', problems));

        async Task<TimeSpan> TerminateAsync(int node)
        {
            Task<TimeSpan> ending = cluster.Node(node).TerminateAsync();

            // As a load balancer does: it looks at /ready, and sends nothing more to a node that is not.
            isOpen[node] = false;
            return await ending;
        }

        async Task AskAsync(int client)
        {
            for (int turn = client; !end.IsCancellationRequested; turn++)
            {
                Question question = questions[turn % questions.Length];
                StreamOutcome outcome = await AskOpenNodeAsync(question, turn);
                if (await references.DifferenceAsync(question, outcome) is { } difference)
                {
                    problems.Add(difference);
                }
                else if (!outcome.IsComplete)
                {
                    problems.Add($"{(int)outcome.Status}, {outcome.Pieces} pieces: {outcome.Error}");
                }

                Interlocked.Increment(ref answered);
            }
        }

        // What was refused before its first byte may be sent again, which gateways do by themselves.
        async Task<StreamOutcome> AskOpenNodeAsync(Question question, int turn)
        {
            StreamOutcome outcome = new();
            for (int attempt = 0; attempt < 20; attempt++)
            {
                int node = (turn + attempt) % cluster.Count;
                if (!isOpen[node])
                {
                    continue;
                }

                outcome = await cluster.Client.AskAsync(cluster.Node(node).Address, question.Body(stream: true));
                if (outcome.IsComplete || outcome.Pieces > 0 || outcome.Status is not (0 or System.Net.HttpStatusCode.ServiceUnavailable))
                {
                    return outcome;
                }

                Interlocked.Increment(ref elsewhere);
            }

            return outcome;
        }
    }
}
