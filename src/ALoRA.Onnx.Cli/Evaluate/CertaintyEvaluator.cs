using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>
/// Asks certainty adapters about every row: the base's answer stays in the cache,
/// on which an aLoRA starts and which a plain LoRA computes again.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="adapters">What is asked.</param>
/// <param name="match">When an answer is one of the right ones.</param>
/// <param name="progress">Told of each row.</param>
internal sealed class CertaintyEvaluator(
    AloraModel model, IReadOnlyList<AdapterEvaluation> adapters, AnswerMatch match, IProgress<ProgressState> progress)
{
    // Longer than any digit with the marks that a template may put around it.
    private const int TokensOfSample = 8;

    private readonly List<JudgedRow> _judged = [];
    // A plain LoRA reads the text that the aLoRA has as invocation.
    private readonly InvocationOptions _sameText = new()
    {
        InstructionTokens = adapters.FirstOrDefault(adapter => adapter.Kind == AdapterKind.Alora) is { } alora
            ? model.Adapters.Get(alora.Adapter).InvocationTokens
            : [],
    };

    private readonly InvocationOptions _plain = new();

    /// <summary>What was said about each row.</summary>
    public IReadOnlyList<JudgedRow> Judged => _judged;

    /// <summary>Evaluates all rows.</summary>
    /// <exception cref="CommandFailedException">An adapter answers with something else than a digit.</exception>
    public async Task RunAsync(IReadOnlyList<EvaluationRow> rows, CancellationToken cancellationToken)
    {
        using Conversation conversation = model.CreateConversation();
        for (int i = 0; i < rows.Count; i++)
        {
            progress.Report(new ProgressState("Evaluating", i, rows.Count, "rows"));
            EvaluationRow row = rows[i];
            string answer = row.Answer ?? await AnswerAsync(conversation, row.Messages, cancellationToken);
            await conversation.PromptAsync(
                [.. row.Messages, new PromptMessage("assistant", answer)], new PromptOptions { AddGenerationPrompt = false },
                cancellationToken);
            bool isRight = row.IsRight ?? match.Judge(row.Gold, answer);
            List<Certainty> certainties = [];
            foreach (AdapterEvaluation adapter in adapters)
            {
                InvocationOptions options = adapter.Kind == AdapterKind.Lora ? _sameText : _plain;
                if (i == 0)
                {
                    await RequireDigitAsync(conversation, adapter.Adapter, options, cancellationToken);
                }

                certainties.Add(await conversation.InvokeCertaintyAsync(adapter.Adapter, options, cancellationToken));
                adapter.Add(isRight, certainties[^1]);
            }

            _judged.Add(new JudgedRow(row.Line, answer, isRight, certainties));
        }
    }

    // Held to digits any adapter gives some; left alone, one that is no judge of certainty shows what it answers.
    private static async Task RequireDigitAsync(
        Conversation conversation, string adapter, InvocationOptions options, CancellationToken cancellationToken)
    {
        InvocationOptions free = options with { Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = TokensOfSample } };
        string text = (await conversation.InvokeAsync(adapter, free, cancellationToken)).Text.Trim();
        if (text.Length == 0 || !char.IsAsciiDigit(text[0]))
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"'{adapter}' gives no number: it answers the first row with \"{text}\". `alora evaluate` is for "
                + "adapters that answer with a "
                + "digit from 0 to 9; `alora intrinsic run` asks the others.");
        }
    }

    private static async Task<string> AnswerAsync(
        Conversation conversation, IReadOnlyList<PromptMessage> messages, CancellationToken cancellationToken)
    {
        await conversation.PromptAsync(messages, cancellationToken: cancellationToken);
        return (await conversation.GenerateToEndAsync(new GenerationOptions { Temperature = 0 }, cancellationToken)).Text;
    }
}
