using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>Streams that run side by side, and what is said of them when they have ended.</summary>
internal sealed class StreamLoad
{
    private readonly References _references;
    private readonly List<(Question Question, int Node, StreamOutcome Outcome, Task Done)> _streams = [];

    private StreamLoad(References references) => _references = references;

    /// <summary>The streams' outcomes so far.</summary>
    public IReadOnlyList<StreamOutcome> Outcomes => [.. _streams.Select(stream => stream.Outcome)];

    /// <summary>Asks questions, at the nodes by turns, after what one node alone answers is known.</summary>
    /// <param name="cluster">The nodes.</param>
    /// <param name="questions">What is asked.</param>
    /// <param name="nodes">The front ends; null for all.</param>
    public static async Task<StreamLoad> StartAsync(TestCluster cluster, IReadOnlyList<Question> questions, params int[]? nodes)
    {
        StreamLoad load = new(await ChaosModel.ReferencesAsync());
        foreach (Question question in questions)
        {
            await load._references.OfAsync(question);
        }

        nodes = nodes is { Length: > 0 } ? nodes : [.. Enumerable.Range(0, cluster.Count)];
        for (int i = 0; i < questions.Count; i++)
        {
            int node = nodes[i % nodes.Length];
            StreamOutcome outcome = new();
            Task done = cluster.Client.AskAsync(cluster.Node(node).Address, questions[i].Body(stream: true), outcome);
            load._streams.Add((questions[i], node, outcome, done));
        }

        return load;
    }

    /// <summary>Waits until streams have shown something, or have ended.</summary>
    /// <param name="pieces">How much of each.</param>
    /// <param name="part">How many of the streams, as a part of them; others may still wait for a place.</param>
    public async Task WaitForPiecesAsync(int pieces, double part = 1)
    {
        using CancellationTokenSource limit = new(HangGuard.Limit);
        while (_streams.Count(stream => stream.Outcome.Pieces >= pieces || stream.Done.IsCompleted) < part * _streams.Count)
        {
            await Task.Delay(5, limit.Token);
        }
    }

    /// <summary>How many of the streams still run.</summary>
    public int Running => _streams.Count(stream => !stream.Done.IsCompleted);

    /// <summary>Waits for all streams, and says what is wrong with them.</summary>
    /// <param name="lostFrontEnds">Nodes whose own connections break, as they were killed.</param>
    public async Task<IReadOnlyList<string>> EndAsync(params int[] lostFrontEnds)
    {
        await Task.WhenAll(_streams.Select(stream => stream.Done)).WaitAsync(HangGuard.Limit);
        List<string> problems = [];
        foreach ((Question question, int node, StreamOutcome outcome, _) in _streams)
        {
            if (await _references.DifferenceAsync(question, outcome) is { } difference)
            {
                problems.Add(difference);
            }
            else if (!outcome.IsComplete && !lostFrontEnds.Contains(node))
            {
                problems.Add(
                    $"question {question.Number} at node {node}: {(int)outcome.Status} after {outcome.Pieces} pieces: {outcome.Error}");
            }
        }

        return problems;
    }

    /// <summary>The longest pauses of streams whose front end lived, in ascending order.</summary>
    public IReadOnlyList<TimeSpan> Pauses(params int[] lostFrontEnds) =>
    [
        .. _streams.Where(stream => !lostFrontEnds.Contains(stream.Node)).Select(stream => stream.Outcome.LongestPause).Order(),
    ];
}
