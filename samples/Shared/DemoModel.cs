using ALoRA.Onnx.Export;
using Spectre.Console;

namespace ALoRA.Onnx.Samples;

/// <summary>The small model that this repository brings along, exported when a sample first needs it.</summary>
internal static class DemoModel
{
    private const string ModelsFolder = "onnx-models";
    private const string ExportedName = "demo";

    /// <summary>Exports the checkpoint with all its adapters unless that was done before.</summary>
    /// <param name="cancellationToken">Stops the export, which then leaves nothing.</param>
    /// <returns>Path of the model folder.</returns>
    /// <exception cref="DirectoryNotFoundException">The program does not run from within the repository.</exception>
    public static Task<string> EnsureExportedAsync(CancellationToken cancellationToken = default) =>
        EnsureExportedAsync(ExportedName, genAI: false, cancellationToken);

    /// <summary>As <see cref="EnsureExportedAsync(CancellationToken)"/>, in a folder that ONNX Runtime GenAI opens too.</summary>
    /// <param name="cancellationToken">Stops the export, which then leaves nothing.</param>
    /// <returns>Path of the model folder.</returns>
    /// <exception cref="DirectoryNotFoundException">The program does not run from within the repository.</exception>
    public static Task<string> EnsureGenAIExportedAsync(CancellationToken cancellationToken = default) =>
        EnsureExportedAsync($"{ExportedName}-genai", genAI: true, cancellationToken);

    private static async Task<string> EnsureExportedAsync(string name, bool genAI, CancellationToken cancellationToken)
    {
        string models = FindModels();
        string exported = Path.Combine(models, name);
        if (Directory.Exists(exported))
        {
            return exported;
        }

        string checkpoint = Path.Combine(models, "demo-checkpoint");
        ExportOptions options = new()
        {
            GenAI = genAI,
            Adapters = [.. Directory.EnumerateDirectories(Path.Combine(checkpoint, "adapters"))
                .Order(StringComparer.Ordinal)
                .Select(folder => new ExportAdapter(folder))],
        };
        if (Screen.Error.Profile.Capabilities is not { Ansi: true, Interactive: true })
        {
            // A bar that can't be drawn again would stay at what it first said.
            Screen.Error.WriteLine("Exporting the demo model");
            await Exporter.ExportAsync(checkpoint, exported, options, cancellationToken: cancellationToken).ConfigureAwait(false);
            return exported;
        }

        await Screen.Error.Progress()
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
                new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask("Exporting the demo model");
                await Exporter.ExportAsync(checkpoint, exported, options, new Bar(bar), cancellationToken).ConfigureAwait(false);
                bar.Value = bar.MaxValue;
            })
            .ConfigureAwait(false);
        return exported;
    }

    // Samples are started from anywhere; what they need lies above their binary, or above the folder that they are started in.
    private static string FindModels()
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string models = Path.Combine(folder.FullName, ModelsFolder);
                if (File.Exists(Path.Combine(models, "demo-checkpoint", "model.safetensors")))
                {
                    return models;
                }
            }
        }

        throw new DirectoryNotFoundException(
            $"{Path.Combine(ModelsFolder, "demo-checkpoint")} was not found above {AppContext.BaseDirectory} or "
            + $"{Environment.CurrentDirectory}. Start the sample from within the repository, or name an exported model with --model.");
    }

    private sealed class Bar(ProgressTask task) : IProgress<ExportProgress>
    {
        public void Report(ExportProgress value)
        {
            task.IsIndeterminate = value.BytesTotal == 0;
            task.MaxValue = Math.Max(1, value.BytesTotal);
            task.Value = value.BytesDone;
        }
    }
}
