using System.CommandLine;
using System.Text;
using ALoRA.Onnx;
using ALoRA.Onnx.Samples;
using RagIntrinsics;

string[] demoDocuments =
[
    "Gina likes the color blue. Udo is a teacher. Gina owns 3 cards. Udo lives in Oslo. Gina lives in Lisbon.",
    "Mia is 81 years old. Mia lives in Cairo. Mia owns 82 plums. Udo is 51 years old. Fay is a painter.",
];
string[] demoQuestions = ["How old is Mia?", "Where does Gina live?", "How many cards does Tara own?"];

Option<string?> modelFolder = new("--model", "-m")
{
    Description = "A folder that `alora export` wrote. Default: the demo model, exported on first use.",
};
Option<string[]> document = new("--document", "-d")
{
    Description = "Text of a document, or @ and the path of a text file; may be repeated. Default: two about Gina, Udo, Mia and Fay.",
};
Option<string[]> question = new("--question", "-q")
{
    Description = "What is asked; may be repeated, for a chat. Default: three questions, one of which the documents do not answer.",
};
RootCommand command = new(
    """
    Asks questions over documents: rewrites each, checks whether the documents answer it, answers,
    and says how sure the answer is, all on the same KV cache.

    Examples:
      RagIntrinsics
      RagIntrinsics --question "Where does Udo live?"
      RagIntrinsics --document "Hugo lives in Lisbon." --question "Where does Hugo live?"
    """) { modelFolder, document, question };

command.SetAction(async (arguments, cancellationToken) =>
{
    string folder = arguments.GetValue(modelFolder) ?? await DemoModel.EnsureExportedAsync(cancellationToken);
    string[] documents = [.. (arguments.GetValue(document) is { Length: > 0 } given ? given : demoDocuments)
        .Select(text => text.StartsWith('@') ? File.ReadAllText(text[1..]).Trim() : text)];
    await using AloraModel model = await AloraModel.OpenAsync(folder, cancellationToken: cancellationToken);
    using Conversation conversation = model.CreateConversation();
    List<PromptMessage> chat = [];
    foreach (string text in arguments.GetValue(question) is { Length: > 0 } asked ? asked : demoQuestions)
    {
        RagWalk walk = new(conversation, documents, cancellationToken);
        chat.Add(new PromptMessage("user", text));
        string answer = await walk.AnswerAsync(chat);
        chat.Add(new PromptMessage("assistant", answer));
        Console.WriteLine($"user: {text}\nassistant: {answer}");
        WalkTable.Print(walk.Steps);
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
