using System.Numerics.Tensors;

namespace ALoRA.Onnx.Sampling;

/// <summary>Reads log-probabilities off rows of logits. Not thread-safe.</summary>
/// <param name="top">How many of the likeliest tokens.</param>
/// <param name="tokenizer">Gives the tokens' bytes; without one they are empty.</param>
internal sealed class LogprobReader(int top, HfTokenizer? tokenizer)
{
    private readonly PriorityQueue<int, (float Logit, int Id)> _best = new();

    /// <summary>What a token is worth among all tokens and among the allowed ones.</summary>
    /// <param name="logits">The model's row, float32 <c>[vocab]</c>.</param>
    /// <param name="masked">The row with negative infinity for what is not allowed; the same where there is no constraint.</param>
    /// <param name="id">The chosen token.</param>
    public TokenLogprobs Read(ReadOnlySpan<float> logits, ReadOnlySpan<float> masked, int id)
    {
        (TokenLogprob token, TokenLogprob[] best) = Read(logits, id);
        (TokenLogprob allowed, TokenLogprob[] bestAllowed) = logits == masked ? (token, best) : Read(masked, id);
        return new TokenLogprobs { Token = allowed, Top = bestAllowed, UnconstrainedToken = token, UnconstrainedTop = best };
    }

    private (TokenLogprob Token, TokenLogprob[] Top) Read(ReadOnlySpan<float> logits, int id)
    {
        double largest = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        double logSum = largest + Math.Log(sum);
        float threshold = float.NegativeInfinity;
        for (int i = 0; i < logits.Length; i++)
        {
            // Of equal ones the lower id comes first.
            if (logits[i] > threshold)
            {
                _best.Enqueue(i, (logits[i], -i));
                if (_best.Count > top)
                {
                    _best.Dequeue();
                }

                threshold = _best.Count < top ? threshold : logits[_best.Peek()];
            }
        }

        TokenLogprob[] best = new TokenLogprob[_best.Count];
        for (int i = best.Length - 1; i >= 0; i--)
        {
            int other = _best.Dequeue();
            best[i] = Describe(other, logits[other] - logSum);
        }

        return (Describe(id, logits[id] - logSum), best);
    }

    private TokenLogprob Describe(int id, double logprob) => new(id, tokenizer?.BytesOf(id) ?? default, logprob);
}
