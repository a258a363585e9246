namespace ALoRA.Onnx.Extensions.AI.Tests;

/// <summary>Clients of the demo model.</summary>
internal static class Demo
{
    /// <summary>What the demo model is asked, and answers.</summary>
    public const string Question = "Compute 17 + 25.";

    /// <inheritdoc cref="Question"/>
    public const string Answer = "17 + 25 = 42.";

    /// <summary>A client of its own on the shared model.</summary>
    public static async Task<AloraChatClient> ClientAsync(AloraChatClientOptions? options = null) =>
        new(await DemoModel.OpenAsync(), (options ?? new AloraChatClientOptions()) with { LeaveOpen = true });

    /// <summary>Another way to write the same answer: token by token, as a model would.</summary>
    public static async IAsyncEnumerable<GeneratedToken> WriteAsync(
        HfTokenizer tokenizer, string text, FinishReason reason = FinishReason.StopToken)
    {
        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
        int[] ids = tokenizer.Encode(text);
        for (int i = 0; i < ids.Length; i++)
        {
            await Task.Yield();
            bool isLast = i == ids.Length - 1;
            string piece = decoder.Append(ids[i]) ?? "";
            yield return new GeneratedToken
            {
                Id = ids[i],
                Text = isLast ? piece + decoder.Flush() : piece,
                FinishReason = isLast ? reason : null,
                Usage = isLast ? new TokenUsage { GeneratedTokens = ids.Length } : null,
            };
        }
    }

    /// <summary>All updates of a stream.</summary>
    public static async Task<List<ChatResponseUpdate>> ToListAsync(this IAsyncEnumerable<ChatResponseUpdate> updates)
    {
        List<ChatResponseUpdate> list = [];
        await foreach (ChatResponseUpdate update in updates)
        {
            list.Add(update);
        }

        return list;
    }

    /// <summary>The text that the client renders messages and options to.</summary>
    public static Task<string> PromptAsync(this AloraChatClient client, IEnumerable<ChatMessage> messages, ChatOptions? options = null) =>
        client.UseConversationAsync(
            messages, (chat, _) => Task.FromResult(client.Model.Tokenizer.Decode([.. chat.Conversation.Tokens])), options);
}
