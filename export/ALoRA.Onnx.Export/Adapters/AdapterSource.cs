using ALoRA.Onnx.Export.Adapters.Gguf;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Adapters;

/// <summary>
/// An adapter to convert, in one of the forms in which adapters are published. A further form is a class and a row of <see cref="Forms"/>.
/// </summary>
/// <param name="folder">The adapter's folder; null for a file named by itself.</param>
internal abstract class AdapterSource(string? folder) : IDisposable
{
    // Asked in this order. The last one takes every path, so that its message says what a folder lacks.
    private static readonly Func<string, AdapterSource?>[] Forms = [GgufLora.TryOpen, PeftFolder.Open];

    /// <summary>The adapter's folder; null for a file named by itself.</summary>
    public string? Folder => folder;

    /// <summary>The file of the tensors.</summary>
    public abstract string WeightsPath { get; }

    /// <summary>The settings of PEFT that give the adapter's numbers.</summary>
    public abstract PeftAdapterConfig Config { get; }

    /// <summary>Opens a PEFT folder, a GGUF file, or a folder with one GGUF file.</summary>
    /// <exception cref="CheckpointFormatException">
    /// A file is missing or malformed, or asks for something that cannot be honoured.
    /// </exception>
    public static AdapterSource Open(string path) => Forms.Select(open => open(path)).First(source => source is not null)!;

    /// <summary>The name by default: that of the folder or file.</summary>
    public static string NameOf(string path, string parameter) =>
        Path.GetExtension(path).Equals(GgufModelFiles.Extension, StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path)
            ? AdapterName.Check(Path.GetFileNameWithoutExtension(path), parameter)
            : AdapterName.FromFolder(path, parameter);

    /// <summary>All tensors by the names that PEFT gives them.</summary>
    /// <exception cref="CheckpointFormatException">They are for another architecture than the model's.</exception>
    public abstract IReadOnlyDictionary<string, CheckpointTensor> TensorsFor(ExportedModel model);

    /// <summary>All tensors by the names that PEFT gives them, as they lie in the file.</summary>
    public abstract IEnumerable<PeftTensor> Outlines();

    public abstract void Dispose();
}
