namespace ALoRA.Onnx.Extensions.AI.Tests.Tools;

/// <summary>
/// The demo model with the chat template of a model that was trained with tools;
/// what it answers is written by the test, and by itself behind that.
/// </summary>
internal sealed class ToolModel : IDisposable
{
    private readonly TemporaryFolder _folder;

    private ToolModel(TemporaryFolder folder, List<string> prompts) => (_folder, Prompts) = (folder, prompts);

    /// <summary>The client, which has the texts as answers one after the other.</summary>
    public required AloraChatClient Client { get; init; }

    /// <summary>The prompts that were answered, as text.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>Opens it with one of the templates beside the repository.</summary>
    public static async Task<ToolModel> OpenAsync(string template, params string[] answers) =>
        await OpenAsync(template, FinishReason.StopToken, answers);

    /// <inheritdoc cref="OpenAsync(string, string[])"/>
    public static async Task<ToolModel> OpenAsync(string template, FinishReason reason, params string[] answers)
    {
        string path = GoldenData.Path("text", "templates", template + ".jinja");
        TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(await DemoModel.FolderAsync()))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        File.Copy(path, folder["chat_template.jinja"], overwrite: true);
        AloraModel model = await AloraModel.OpenAsync(folder.Path);
        Queue<string> queue = new(answers);
        List<string> prompts = [];
        AloraChatClient client = new(model)
        {
            Generate = (request, answer) =>
            {
                prompts.Add(model.Tokenizer.Decode(request.Prompt.Ids.Span));
                return queue.TryDequeue(out string? text) ? Demo.WriteAsync(model.Tokenizer, text, reason) : answer;
            },
        };
        return new ToolModel(folder, prompts) { Client = client };
    }

    public void Dispose()
    {
        Client.Dispose();
        _folder.Dispose();
    }
}
