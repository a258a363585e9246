using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>
/// Asks certainty adapters about every row: the base's answer stays in the cache,
/// on which an aLoRA starts and which a plain LoRA computes again.
/// </summary>
internal sealed class CertaintyEvaluator(AloraModel model, IReadOnlyList<AdapterEvaluation> adapters, IProgress<ProgressState> progress)
{
    // A plain LoRA reads the text that the aLoRA has as invocation.
    private readonly InvocationOptions _sameText = new()
    {
        InstructionTokens = adapters.FirstOrDefault(adapter => adapter.Kind == AdapterKind.Alora) is { } alora
            ? model.Adapters.Get(alora.Adapter).InvocationTokens
            : [],
    };

    private readonly InvocationOptions _plain = new();

    /// <summary>Evaluates all rows.</summary>
    public async Task RunAsync(IReadOnlyList<EvaluationRow> rows, CancellationToken cancellationToken)
    {
        progress.Report(new ProgressState($"Evaluating {rows.Count:N0} rows", 0, 0));
        using Conversation conversation = model.CreateConversation();
        foreach (EvaluationRow row in rows)
        {
            string answer = row.Answer ?? await AnswerAsync(conversation, row.Messages, cancellationToken);
            await conversation.PromptAsync(
                [.. row.Messages, new PromptMessage("assistant", answer)], new PromptOptions { AddGenerationPrompt = false },
                cancellationToken);
            foreach (AdapterEvaluation adapter in adapters)
            {
                InvocationOptions options = adapter.Kind == AdapterKind.Lora ? _sameText : _plain;
                adapter.Add(row.Judge(answer), await conversation.InvokeCertaintyAsync(adapter.Adapter, options, cancellationToken));
            }
        }
    }

    private static async Task<string> AnswerAsync(
        Conversation conversation, IReadOnlyList<PromptMessage> messages, CancellationToken cancellationToken)
    {
        await conversation.PromptAsync(messages, cancellationToken: cancellationToken);
        return (await conversation.GenerateToEndAsync(new GenerationOptions { Temperature = 0 }, cancellationToken)).Text;
    }
}
