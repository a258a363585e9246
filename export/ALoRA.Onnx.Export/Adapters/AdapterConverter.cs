using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export;

/// <summary>Converts LoRA and activated LoRA adapters of PEFT or llama.cpp for an exported model.</summary>
public static class AdapterConverter
{
    /// <summary>
    /// Converts an adapter into the folder <c>adapters/NAME</c> of a model: <c>adapter.onnx_adapter</c>, which stock ONNX Runtime can load,
    /// too, and <c>adapter.json</c>. Everything is checked before the first byte is written; the folder appears complete or not at all.
    /// </summary>
    /// <param name="peftFolder">
    /// Folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, or a <c>.gguf</c> file that llama.cpp's
    /// <c>convert_lora_to_gguf.py</c> made of one.
    /// </param>
    /// <param name="modelFolder">The exported model.</param>
    /// <param name="name">Name of the adapter. Default: null, the name of <paramref name="peftFolder"/> without <c>.gguf</c>.</param>
    /// <param name="options">How to convert; null is all defaults.</param>
    /// <param name="progress">Receives the bytes written, in stage <see cref="ExportStage.Weights"/>; may be null.</param>
    /// <param name="cancellationToken">Stops between tensors and leaves nothing behind.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="CheckpointFormatException">
    /// The adapter or the model folder is malformed, or the adapter cannot be honoured or does not fit the model.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The name is not a valid folder name on every system, or the activation offset is not possible.
    /// </exception>
    /// <exception cref="IOException">The adapter exists and may not be replaced, or the disk is full or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The conversion was cancelled.</exception>
    public static Task<AdapterReport> ConvertAsync(
        string peftFolder,
        string modelFolder,
        string? name = null,
        AdapterConversionOptions? options = null,
        IProgress<ExportProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(peftFolder);
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        options ??= new AdapterConversionOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ActivationOffset, -1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ActivationOffset, 1, nameof(options));
        name = NameOf(peftFolder, name);
        return Task.Run(() => Convert(peftFolder, modelFolder, name, options, progress, cancellationToken), cancellationToken);
    }

    /// <summary>The name that an adapter is given, or that of its folder or file.</summary>
    internal static string NameOf(string peftFolder, string? name) =>
        name is null ? AdapterSource.NameOf(peftFolder, nameof(peftFolder)) : AdapterName.Check(name, nameof(name));

    private static AdapterReport Convert(
        string peftFolder, string modelFolder, string name, AdapterConversionOptions options, IProgress<ExportProgress>? progress,
        CancellationToken cancellationToken)
    {
        ProgressMeter meter = new(progress);
        meter.Begin(ExportStage.Check, 0);
        using AdapterSource source = AdapterSource.Open(peftFolder);
        AdapterConversion conversion = new(source, name, options, meter);
        return conversion.Run(ExportedModel.Open(modelFolder), cancellationToken);
    }
}
