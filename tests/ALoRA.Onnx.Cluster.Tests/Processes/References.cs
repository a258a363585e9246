using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>What one node alone answers, asked one question at a time. Thread-safe.</summary>
internal sealed class References : IAsyncDisposable
{
    // Kernels of prefill and decode differ by 1e-5 in float32; two candidates as near as this may change places.
    private const double NearTie = 1e-3;

    private readonly NodeProcess _node;
    private readonly StreamClient _client = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<Question, IReadOnlyList<ReferenceToken>> _answers = new();

    private References(NodeProcess node) => _node = node;

    /// <summary>Starts the node.</summary>
    public static async Task<References> StartAsync(string model) => new(await NodeProcess.StartAsync(
        "the node alone", [model, .. TestCluster.EngineFlags, "--urls", "http://127.0.0.1:0"], new Dictionary<string, string>()));

    /// <summary>The node, for figures of a server without a cluster.</summary>
    public Uri Node => _node.Address;

    /// <summary>The answer's tokens.</summary>
    public async Task<IReadOnlyList<ReferenceToken>> OfAsync(Question question)
    {
        if (_answers.TryGetValue(question, out IReadOnlyList<ReferenceToken>? known))
        {
            return known;
        }

        await _one.WaitAsync();
        try
        {
            JsonObject body = question.Body(stream: false);
            body["logprobs"] = true;
            body["top_logprobs"] = 2;
            (int status, string answer) = await _client.PostAsync(_node.Address, "/v1/chat/completions", body);
            Assert.AreEqual(200, status, answer);
            JsonArray tokens = JsonNode.Parse(answer)!["choices"]![0]!["logprobs"]!["content"]!.AsArray();
            return _answers[question] =
            [
                .. tokens.Select(token => new ReferenceToken(
                    [.. token!["bytes"]!.AsArray().Select(value => (byte)value!.GetValue<int>())],
                    Math.Abs(token["top_logprobs"]![0]!["logprob"]!.GetValue<double>()
                        - token["top_logprobs"]![1]!["logprob"]!.GetValue<double>()))),
            ];
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Says what of an outcome is not as the node alone answers; null for nothing.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="outcome">What came.</param>
    /// <param name="mayBeTie">Whether a near tie may have fallen otherwise, as where tokens were computed again.</param>
    public async Task<string?> DifferenceAsync(Question question, StreamOutcome outcome, bool mayBeTie = true)
    {
        IReadOnlyList<ReferenceToken> expected = await OfAsync(question);
        string text = System.Text.Encoding.UTF8.GetString([.. expected.SelectMany(token => token.Bytes)]);
        string got = outcome.Text;
        if (outcome.IsComplete ? got == text && outcome.Tokens == expected.Count : text.StartsWith(got, StringComparison.Ordinal))
        {
            return null;
        }

        int common = got.AsSpan().CommonPrefixLength(text);
        (int index, int characters) = (0, 0);
        while (index < expected.Count && characters + expected[index].Length <= common)
        {
            characters += expected[index++].Length;
        }

        bool isTie = mayBeTie && !question.IsSeeded && index < expected.Count && expected[index].Gap < NearTie
            && (!outcome.IsComplete || outcome.Tokens == expected.Count);
        return isTie
            ? null
            : $"question {question.Number}: token {index} of {expected.Count} is another one (gap "
                + $"{(index < expected.Count ? expected[index].Gap : 0):g3}), {outcome.Tokens} tokens came: expected "
                + $"'{Cut(text, common)}', got '{Cut(got, common)}'";
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _one.Dispose();
        await _node.DisposeAsync();
    }

    private static string Cut(string text, int around) =>
        text[Math.Max(0, around - 20)..Math.Min(text.Length, around + 30)].ReplaceLineEndings("\\n");
}

/// <summary>A token of a reference.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Gap">How much likelier the likeliest token is than the second one, in nats.</param>
internal sealed record ReferenceToken(byte[] Bytes, double Gap)
{
    /// <summary>Characters that it adds, where it is not a part of one.</summary>
    public int Length { get; } = System.Text.Encoding.UTF8.GetString(Bytes).Length;
}
