using System.Numerics.Tensors;

namespace ALoRA.Onnx.EndToEnd.Tests.RandomPrograms;

/// <summary>Knows nothing of caches: every row of logits is computed of all its tokens, in a conversation that is empty before.</summary>
/// <param name="model">A model of its own, without a prefix cache.</param>
internal sealed class NaiveTwin(AloraModel model)
{
    /// <summary>How far a log-probability may be off; chunks of other sizes round differently.</summary>
    private const float Tolerance = 1e-3f;

    /// <summary>Fails unless each token is the likeliest one behind those before it, with its log-probability.</summary>
    /// <param name="prompt">Tokens before the first one.</param>
    /// <param name="adapter">The adapter that computes, or null.</param>
    /// <param name="activation">Index of its first token.</param>
    /// <param name="tokens">What was generated greedily.</param>
    /// <param name="logprobs">One for each token.</param>
    /// <param name="what">Begins the message of a failure.</param>
    public async Task AssertGreedyAsync(
        IReadOnlyList<int> prompt, string? adapter, int activation, IReadOnlyList<int> tokens, IReadOnlyList<TokenLogprobs> logprobs,
        string what)
    {
        Assert.HasCount(tokens.Count, logprobs, what);
        float[][] rows = await LogprobsAsync([.. prompt, .. tokens], prompt.Count, adapter, activation);
        for (int i = 0; i < tokens.Count; i++)
        {
            float[] expected = rows[i];
            float likeliest = TensorPrimitives.Max<float>(expected);
            string where = $"{what}: token {i} of {tokens.Count}, {prompt.Count} tokens before them";
            Assert.IsTrue(
                expected[tokens[i]] >= likeliest - Tolerance,
                $"{where}, is {tokens[i]} with {expected[tokens[i]]:R}; the likeliest has {likeliest:R}");
            Assert.AreEqual(expected[tokens[i]], logprobs[i].Token.Logprob, Tolerance, where);
        }
    }

    /// <summary>The rows that the tokens from a position on are chosen by, all of one run over all tokens.</summary>
    private async Task<float[][]> LogprobsAsync(int[] tokens, int from, string? adapter, int activation)
    {
        using Conversation conversation = model.CreateConversation();
        Logits logits = await conversation.ForwardAsync(tokens, new ForwardOptions
        {
            Adapter = adapter,
            ActivationStart = adapter is null ? null : activation,
            LogitsPositions = [.. Enumerable.Range(from - 1, tokens.Length - from)],
        });
        return [.. Enumerable.Range(0, logits.Count).Select(row => Logprobs(logits[row].ToArray()))];
    }

    private static float[] Logprobs(float[] row)
    {
        float largest = TensorPrimitives.Max<float>(row);
        double sum = row.Sum(logit => Math.Exp(logit - largest));
        TensorPrimitives.Subtract(row, largest + (float)Math.Log(sum), row);
        return row;
    }
}
