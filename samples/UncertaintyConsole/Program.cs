using System.CommandLine;
using System.Text;
using ALoRA.Onnx;
using ALoRA.Onnx.Samples;
using UncertaintyConsole;

Option<string?> modelFolder = new("--model", "-m")
{
    Description = "A folder that `alora export` wrote. Default: the demo model, exported on first use.",
};
Option<string?> singleQuestion = new("--question", "-q")
{
    Description = "Ask this one question. Default: what is piped in, a line each, or what is typed.",
};
Option<string> adapter = new("--adapter", "-a")
{
    Description = "The aLoRA that answers with a digit.",
    DefaultValueFactory = _ => "certainty",
};
Option<string> plainLora = new("--lora")
{
    Description = "The same intrinsic as a plain LoRA, to compare with.",
    DefaultValueFactory = _ => "certainty-lora",
};
RootCommand command = new("Asks a model, and says how sure the answer is.") { modelFolder, singleQuestion, adapter, plainLora };

command.SetAction(async (arguments, cancellationToken) =>
{
    string alora = arguments.GetRequiredValue(adapter);
    string folder = arguments.GetValue(modelFolder) ?? await DemoModel.EnsureExportedAsync(cancellationToken);
    await using AloraModel model = await AloraModel.OpenAsync(folder, cancellationToken: cancellationToken);
    using Conversation conversation = model.CreateConversation();
    List<PromptMessage> messages = [];

    await foreach (string question in Questions.ReadAsync(arguments.GetValue(singleQuestion), cancellationToken))
    {
        messages.Add(new PromptMessage("user", question));
        await conversation.PromptAsync(messages, cancellationToken: cancellationToken);
        StringBuilder answer = new();
        await foreach (GeneratedToken token in conversation.GenerateAsync(cancellationToken: cancellationToken))
        {
            Console.Write(token.Text);
            answer.Append(token.Text);
        }

        messages.Add(new PromptMessage("assistant", answer.ToString()));
        await conversation.PromptAsync(messages, new PromptOptions { AddGenerationPrompt = false }, cancellationToken);
        Certainty certainty = await conversation.InvokeCertaintyAsync(alora, cancellationToken: cancellationToken);
        CertaintyReport.Print(
            certainty, await Comparison.MeasureAsync(conversation, alora, arguments.GetRequiredValue(plainLora), cancellationToken));
    }
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
catch (Exception exception) when (exception is IOException or ArgumentException or FormatException or InvalidOperationException)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 1;
}
