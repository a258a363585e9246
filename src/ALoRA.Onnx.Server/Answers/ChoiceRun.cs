using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Metrics;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>Reads one choice to its end.</summary>
internal static class ChoiceRun
{
    /// <summary>Passes on what each token adds, and tells metrics of it.</summary>
    /// <param name="answer">The answer; not disposed.</param>
    /// <param name="reader">Reads its tokens.</param>
    /// <param name="record">What metrics are told.</param>
    /// <param name="show">Takes what there is to show; what it is given is used again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why it ended, and what it took.</returns>
    public static async Task<ChoiceEnd> ReadAsync(
        RunningAnswer answer, ChoiceReader reader, AnswerRecord record, Func<ChoiceDelta, ValueTask> show,
        CancellationToken cancellationToken)
    {
        ChoiceDelta delta = new();
        TokenUsage usage = new();
        try
        {
            await foreach (GeneratedToken token in answer.Tokens.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                record.Token();
                reader.Take(token, delta);
                usage = token.Usage ?? usage;
                if (!delta.IsEmpty)
                {
                    await show(delta).ConfigureAwait(false);
                }

                if (reader.IsEnough)
                {
                    break;
                }
            }

            TokenUsage prompt = await answer.Prompt.ConfigureAwait(false);
            usage = usage with
            {
                ReusedTokens = prompt.ReusedTokens,
                ComputedTokens = prompt.ComputedTokens,
                GeneratedTokens = reader.Generated,
            };
            string? result;
            try
            {
                result = reader.Complete(usage);
            }
            catch (IntrinsicFormatException exception)
            {
                // The request was sound; it is the adapter's answer that is not.
                throw ApiError.OfStatus(500, exception.Message);
            }

            if (result is { Length: > 0 })
            {
                delta.Clear();
                delta.Text = result;
                await show(delta).ConfigureAwait(false);
            }

            return new ChoiceEnd(reader.FinishWord, usage, reader.Reasoning);
        }
        finally
        {
            record.End(reader.Reason, usage with { GeneratedTokens = reader.Generated });
        }
    }
}

/// <summary>The end of a choice.</summary>
/// <param name="Reason">Why, in OpenAI's words.</param>
/// <param name="Usage">Tokens found, computed and generated.</param>
/// <param name="Reasoning">Of those generated, what the model thought before it answered.</param>
internal readonly record struct ChoiceEnd(string Reason, TokenUsage Usage, int Reasoning);
