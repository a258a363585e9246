using ALoRA.Onnx.Models;
using ALoRA.Onnx.Training.Devices;
using ALoRA.Onnx.Training.Golden;

namespace ALoRA.Onnx.Training;

/// <summary>
/// Repeats trainings that PEFT has recorded (<c>adapter_config.json</c>, <c>training.json</c>, <c>training.safetensors</c>) on an exported
/// folder, and measures how far the results are from the record. Any thread.
/// </summary>
public static class TrainingReplay
{
    /// <summary>The file that makes a folder a case.</summary>
    public const string RecordFile = "training.json";

    /// <summary>The cases in a folder: itself, or the folders in it that are cases, in the order of their names.</summary>
    /// <param name="folder">A case or a folder of cases.</param>
    /// <returns>Paths of at least one case.</returns>
    /// <exception cref="FormatException">There is none.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<string> FindCases(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder {folder}. Name a recorded training, or a folder of such.");
        }

        if (File.Exists(Path.Combine(folder, RecordFile)))
        {
            return [folder];
        }

        string[] cases =
        [
            .. Directory.EnumerateDirectories(folder).Where(inner => File.Exists(Path.Combine(inner, RecordFile)))
                .Order(StringComparer.Ordinal),
        ];
        return cases.Length > 0
            ? cases
            : throw new FormatException(
                $"{folder}: expected {RecordFile} in it or in folders in it, found none. Name a recorded training, or a folder of such.");
    }

    /// <summary>Repeats a recorded training.</summary>
    /// <param name="modelFolder">The base, exported with float32 activations; nothing is written to it.</param>
    /// <param name="caseFolder">The recorded training.</param>
    /// <param name="options">
    /// How the base is opened; null for the processor. Threads and provider count for the training graph, too.
    /// </param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <returns>The distances.</returns>
    /// <exception cref="FormatException">A file of the case is malformed, or does not fit the model.</exception>
    /// <exception cref="ModelFormatException">The model folder is incomplete.</exception>
    /// <exception cref="NotSupportedException">The model cannot be trained.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<TrainingReplayResult> RunAsync(
        string modelFolder, string caseFolder, AloraModelOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        ArgumentNullException.ThrowIfNull(caseFolder);
        options ??= new AloraModelOptions { ExecutionProvider = ExecutionProvider.Cpu };
        RecordedTraining record = RecordedTraining.Read(caseFolder);
        AloraModelOptions onBase = options with
        {
            ExecutionProvider = TrainerOpener.BaseProviderOf(options.ExecutionProvider, ModelFolder.Read(Path.GetFullPath(modelFolder))),
        };
        await using AloraModel model = await AloraModel.OpenAsync(modelFolder, onBase, cancellationToken).ConfigureAwait(false);
        return await Task.Run(
            () =>
            {
                using CaseReplay replay = new(model, record, options);
                return replay.Run(cancellationToken);
            },
            cancellationToken).ConfigureAwait(false);
    }
}
