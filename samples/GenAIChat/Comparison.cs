using ALoRA.Onnx;

namespace GenAIChat;

/// <summary>The same turn in this repository's runtime, and where the ids differ.</summary>
internal sealed class Comparison(AloraModel model)
{
    /// <summary>Whether all ids so far were the same.</summary>
    public bool IsEqual { get; private set; } = true;

    /// <summary>Computes the turn again and prints how many ids are the same.</summary>
    public async Task CheckAsync(ChatTurn turn, string adapter, int maxTokens, int maxAdapterTokens, CancellationToken cancellationToken)
    {
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(turn.Prompt, cancellationToken: cancellationToken);
        Print("prompt", [.. conversation.Tokens], turn.PromptIds);
        Print("answer", WithoutEnd((await conversation.GenerateToEndAsync(Greedy(maxTokens), cancellationToken)).Tokens), turn.AnswerIds);
        await conversation.PromptAsync(turn.Answered, new PromptOptions { AddGenerationPrompt = false }, cancellationToken);
        Print("conversation", [.. conversation.Tokens], turn.ConversationIds);
        IntrinsicResult result = await conversation.InvokeAsync(
            adapter, new InvocationOptions { Generation = Greedy(maxAdapterTokens) }, cancellationToken);
        Print(adapter, WithoutEnd(result.Tokens), turn.AdapterIds);
    }

    private static GenerationOptions Greedy(int maxTokens) =>
        GenerationParameters.WithDefaults(new GenerationOptions { MaxNewTokens = maxTokens });

    private IReadOnlyList<int> WithoutEnd(IReadOnlyList<int> ids) =>
        ids.Count > 0 && model.Manifest.EosTokenIds.Contains(ids[^1]) ? [.. ids.SkipLast(1)] : ids;

    private void Print(string what, IReadOnlyList<int> ours, IReadOnlyList<int> stock)
    {
        int same = ours.Zip(stock).TakeWhile(pair => pair.First == pair.Second).Count();
        bool isEqual = ours.SequenceEqual(stock);
        IsEqual &= isEqual;
        Console.WriteLine(isEqual
            ? $"  {what}: all {same} ids equal"
            : $"  {what}: {same} ids equal, then {string.Join(' ', ours.Skip(same).Take(5))} here and "
                + $"{string.Join(' ', stock.Skip(same).Take(5))} in GenAI");
    }
}
