using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Tests;

/// <summary>The demo checkpoint with two of its adapters, exported once for all tests.</summary>
internal static class DemoModel
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static TemporaryFolder? _folder;

    /// <summary>The checkpoint that the export was made from.</summary>
    public static string Checkpoint { get; } = Path.Combine(RepositoryFolder.Root, "onnx-models", "demo-checkpoint");

    /// <summary>The model folder.</summary>
    public static async Task<string> GetFolderAsync()
    {
        await Gate.WaitAsync();
        try
        {
            if (_folder is null)
            {
                TemporaryFolder folder = new();
                string[] names = ["certainty", "certainty-lora", "answerability"];
                ExportOptions options = new()
                {
                    Adapters = [.. names.Select(name => new ExportAdapter(Path.Combine(Checkpoint, "adapters", name)))],
                };
                await Exporter.ExportAsync(Checkpoint, folder["demo"], options);
                _folder = folder;
            }

            return _folder["demo"];
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>Called when all tests have run.</summary>
    public static void Remove() => _folder?.Dispose();
}
