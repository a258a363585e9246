using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export;

/// <summary>Exports checkpoints to model folders. Thread-safe; each export runs on the thread pool.</summary>
public static class Exporter
{
    /// <summary>
    /// Exports a checkpoint to a model folder with graphs, weights, configuration and tokenizer.
    /// Everything is checked before the first byte is written. The folder is written under a temporary name beside the target and renamed
    /// at the end, so that an export that fails or is cancelled leaves nothing behind.
    /// </summary>
    /// <param name="checkpointPath">A Hugging Face folder, a GGUF file, or a folder with one GGUF file.</param>
    /// <param name="outputFolder">The model folder to make.</param>
    /// <param name="options">How to export; null is all defaults.</param>
    /// <param name="progress">Receives the progress about ten times a second; may be null.</param>
    /// <param name="cancellationToken">Stops the export.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ArgumentException">A path is empty or an option out of range.</exception>
    /// <exception cref="CheckpointFormatException">
    /// The checkpoint is malformed or cannot be exported; the message lists every reason found.
    /// </exception>
    /// <exception cref="IOException">The target exists or cannot be written, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">The export was cancelled.</exception>
    public static Task<ExportReport> ExportAsync(
        string checkpointPath,
        string outputFolder,
        ExportOptions? options = null,
        IProgress<ExportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(checkpointPath);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputFolder);
        options ??= new ExportOptions();
        ExportJob job = new(checkpointPath, outputFolder, options, PrecisionPlan.From(options), progress);
        return Task.Run(() => job.Run(cancellationToken), cancellationToken);
    }

    /// <summary>Checks a checkpoint like <see cref="ExportAsync"/>, and returns what the export would write.</summary>
    /// <param name="checkpointPath">A Hugging Face folder, a GGUF file, or a folder with one GGUF file.</param>
    /// <param name="options">How to export; null is all defaults.</param>
    /// <param name="cancellationToken">Cancels before the check starts; a running check completes.</param>
    /// <returns>Sizes and warnings.</returns>
    /// <exception cref="ArgumentException">The path is empty or an option out of range.</exception>
    /// <exception cref="CheckpointFormatException">
    /// The checkpoint is malformed or cannot be exported; the message lists every reason found.
    /// </exception>
    /// <exception cref="IOException">The checkpoint is missing or unreadable.</exception>
    public static Task<ExportPlan> CheckAsync(
        string checkpointPath, ExportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(checkpointPath);
        options ??= new ExportOptions();
        PrecisionPlan precision = PrecisionPlan.From(options);
        return Task.Run(() => Check(checkpointPath, precision, options), cancellationToken);
    }

    private static ExportPlan Check(string checkpointPath, PrecisionPlan precision, ExportOptions options)
    {
        using Checkpoint checkpoint = CheckpointReader.Open(checkpointPath);
        ExportDraft draft = ExportDraft.Of(checkpoint, precision, options);
        return new ExportPlan
        {
            Architecture = draft.Model.Blueprint.Architecture,
            Parameters = draft.Parameters,
            Tensors = draft.Model.Used.Count,
            CheckpointBytes = draft.CheckpointBytes,
            WeightsBytes = draft.DataLength,
            Warnings = draft.Model.Warnings,
        };
    }
}
