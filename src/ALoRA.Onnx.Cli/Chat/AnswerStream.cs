using System.Text;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Reads a generation to its end while showing it.</summary>
internal static class AnswerStream
{
    public static async Task<ChatAnswer> ReadAsync(
        Conversation conversation, GenerationOptions options, TokenUsage prefill, Func<string, Task> write,
        CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        await foreach (GeneratedToken token in conversation.GenerateAsync(options, cancellationToken))
        {
            if (token.Text.Length > 0)
            {
                text.Append(token.Text);
                await write(token.Text);
            }

            if (token is { FinishReason: { } reason, Usage: { } usage })
            {
                return new ChatAnswer(text.ToString(), reason, prefill, usage);
            }
        }

        throw new InvalidOperationException("The generation ended without a last token.");
    }
}
