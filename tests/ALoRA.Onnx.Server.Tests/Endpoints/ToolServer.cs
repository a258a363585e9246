namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>
/// A server of the demo model with the chat template of a model that was trained with tools; what it answers is written by the test, and
/// by itself behind that.
/// </summary>
internal sealed class ToolServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private ToolServer(TemporaryFolder folder) => _folder = folder;

    public required ApiServer Api { get; init; }

    public required WrittenSource Source { get; init; }

    /// <summary>Starts it with one of the templates of the golden data.</summary>
    public static async Task<ToolServer> StartAsync(string template, WrittenSource source, TimeProvider? time = null)
    {
        TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(await DemoModel.FolderAsync()))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        File.Copy(GoldenData.Path("text", "templates", template + ".jinja"), folder["chat_template.jinja"], overwrite: true);
        return new ToolServer(folder) { Api = await ApiServer.StartAsync(folder.Path, source: source, time: time), Source = source };
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        _folder.Dispose();
    }
}
