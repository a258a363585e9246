using System.CommandLine;
using System.Text;
using ALoRA.Onnx;
using ALoRA.Onnx.Samples;
using GenAIChat;
using Microsoft.ML.OnnxRuntimeGenAI;

const int MaxAdapterTokens = 16;

Option<string?> modelFolder = new("--model", "-m")
{
    Description = "A folder that `alora export --flavor genai` wrote. Default: the demo model, exported on first use.",
};
Option<string[]> questions = new("--question", "-q")
{
    Description = "Ask this; may be repeated. Default: what is piped in, a line each, or what is typed.",
};
Option<string> adapterName = new("--adapter", "-a")
{
    Description = "The aLoRA to invoke after each answer.",
    DefaultValueFactory = _ => "certainty",
};
Option<int> maxTokens = new("--max-tokens") { Description = "Most tokens of an answer.", DefaultValueFactory = _ => 64 };
Option<bool> compare = new("--compare")
{
    Description = "Compute each turn with ALoRA.Onnx too, and fail unless all token ids are the same.",
};
RootCommand command = new("Chats with an export in stock ONNX Runtime GenAI, and switches an aLoRA on after each answer.")
{
    modelFolder, questions, adapterName, maxTokens, compare,
};

command.SetAction(async (arguments, cancellationToken) =>
{
    string folder = arguments.GetValue(modelFolder) ?? await DemoModel.EnsureGenAIExportedAsync(cancellationToken);
    ModelManifest manifest = ModelManifest.Read(folder);
    AdapterManifest adapter = AdapterManifest.Read(Path.Combine(folder, "adapters", arguments.GetRequiredValue(adapterName)));
    if (adapter.Kind != AdapterKind.Alora)
    {
        throw new ArgumentException(
            $"'{adapter.Name}' is a plain LoRA, which acts on the whole context. Name an aLoRA, which acts from its invocation on.");
    }

    using OgaHandle genAI = new();
    using StockModel stock = new(folder);
    await using AloraModel? ours = arguments.GetValue(compare)
        ? await AloraModel.OpenAsync(folder, cancellationToken: cancellationToken)
        : null;
    Comparison? comparison = ours is null ? null : new Comparison(ours);
    List<PromptMessage> messages = [];
    foreach (string question in Questions(arguments.GetValue(questions)))
    {
        cancellationToken.ThrowIfCancellationRequested();
        messages.Add(new PromptMessage("user", question));
        PromptMessage[] prompt = [.. messages];
        int[] promptIds = stock.Encode(prompt, addGenerationPrompt: true);
        using StockTurn turn = new(stock, promptIds, manifest.EosTokenIds, arguments.GetValue(maxTokens));
        Console.WriteLine($"user: {question}");
        Console.Write("assistant: ");
        List<int> answer = turn.Answer(Console.Write);
        Console.WriteLine();

        messages.Add(new PromptMessage("assistant", stock.Decode([.. answer])));
        int[] conversation = stock.Encode(messages, addGenerationPrompt: false);
        List<int> said = turn.Invoke(adapter, conversation, MaxAdapterTokens);
        Console.WriteLine($"{adapter.Name}: {stock.Decode([.. said])}");
        if (comparison is not null)
        {
            await comparison.CheckAsync(
                new ChatTurn(prompt, promptIds, answer, [.. messages], conversation, said), adapter.Name, arguments.GetValue(maxTokens),
                MaxAdapterTokens, cancellationToken);
        }
    }

    return comparison is null or { IsEqual: true } ? 0 : 1;
});

Console.OutputEncoding = Encoding.UTF8;
try
{
    return await command.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    // Ctrl+C: 128 and the signal's number.
    Console.Error.WriteLine("error: cancelled.");
    return 130;
}
catch (Exception exception)
    when (exception is IOException or ArgumentException or FormatException or InvalidOperationException or OnnxRuntimeGenAIException)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 1;
}

static IEnumerable<string> Questions(string[]? given)
{
    if (given is { Length: > 0 })
    {
        return given;
    }

    return Lines();
}

static IEnumerable<string> Lines()
{
    while (Console.ReadLine() is { } line)
    {
        if (line.Length > 0)
        {
            yield return line;
        }
    }
}
