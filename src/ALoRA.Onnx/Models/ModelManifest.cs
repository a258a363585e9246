using ALoRA.Onnx.Models;

namespace ALoRA.Onnx;

/// <summary>The content of <c>alora_config.json</c>: what an exported model is and what its graph expects.</summary>
public sealed record ModelManifest
{
    /// <summary>Name of the manifest within a model folder.</summary>
    public const string FileName = "alora_config.json";

    /// <summary>Architecture of the checkpoint, such as <c>llama</c> or <c>granite</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Name of the checkpoint's folder or file.</summary>
    public required string Name { get; init; }

    /// <summary>The base checkpoint; adapters converted for another one are refused.</summary>
    public required BaseIdentity Base { get; init; }

    /// <summary>Size of a row of logits.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Number of decoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Number of query heads.</summary>
    public required int AttentionHeads { get; init; }

    /// <summary>Number of key/value heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Size of one head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>The longest context, in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>
    /// Length of context, in tokens, beyond which all positions are rotated in another way,
    /// so that no key serves on both sides; null for none.
    /// </summary>
    internal int? RotarySwitchLength { get; init; }

    /// <summary>End-of-text ids of the checkpoint's configuration; may be empty.</summary>
    public required IReadOnlyList<int> EosTokenIds { get; init; }

    /// <summary>Storage and compute types.</summary>
    public required ModelPrecision Precision { get; init; }

    /// <summary>File name of the graph with the inputs of adapters within the folder.</summary>
    public required string GraphFile { get; init; }

    /// <summary>File name of the graph without the inputs of adapters, for runs of the base; null where the export has none.</summary>
    public string? BaseGraphFile { get; init; }

    /// <summary>File name of the graph that computes several branches behind one prefix; null where the export left it out.</summary>
    public string? FanoutGraphFile { get; init; }

    /// <summary>
    /// File name of the graph that computes single tokens and short runs of adapters by operators of the library's own; null where the
    /// export has none.
    /// </summary>
    public string? FusedGraphFile { get; init; }

    /// <summary>
    /// What those operators are for: <c>cpu</c> or <c>cuda</c>; null where <see cref="FusedGraphFile"/> is.
    /// </summary>
    public string? OperatorProvider { get; init; }

    /// <summary>The same graph over adapters in bfloat16; null where activations are no float32.</summary>
    internal string? FusedBFloat16GraphFile { get; init; }

    /// <summary>File name of the graph that computes branches by those operators, on a device; null where the export has none.</summary>
    internal string? BranchesGraphFile { get; init; }

    /// <summary>File name of the graph that computes few rows of the base by those operators; null where the export has none.</summary>
    internal string? StepGraphFile { get; init; }

    /// <summary>
    /// File name of the graph that computes steps of many sequences by those operators, on the processor; null where the export has none.
    /// </summary>
    internal string? BatchGraphFile { get; init; }

    /// <summary>The same graph over adapters in bfloat16; null where the export has none.</summary>
    internal string? BatchBFloat16GraphFile { get; init; }

    /// <summary>Version of the operators that the graphs ask for; 0 where there are none.</summary>
    internal int OperatorVersion { get; init; }

    /// <summary>File name of the weights within the folder.</summary>
    public required string WeightsFile { get; init; }

    /// <summary>Size of the weights file in bytes.</summary>
    public required long WeightsBytes { get; init; }

    /// <summary>Number of weights of the base, tied ones counted once; null where the exporter did not record it.</summary>
    public long? Parameters { get; init; }

    /// <summary>
    /// Whether every token attends to all before it, without windows, soft caps and rotations that switch:
    /// what captured runs on a device need. False where the exporter did not record it.
    /// </summary>
    internal bool HasPlainAttention { get; init; }

    /// <summary>Whether the graph takes the bias of adapters that were trained with <c>lora_bias</c>.</summary>
    internal bool HasAdapterBias { get; init; }

    /// <summary>Projections that adapters may target, in the graph's order; empty if the export left them all out.</summary>
    internal IReadOnlyList<AdapterGroup> AdapterGroups { get; init; } = [];

    /// <summary>Reads and checks the manifest of a model folder.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <exception cref="ModelFormatException">
    /// The manifest is missing or malformed, or is of a newer format, or the folder's name begins with a dot: it is unfinished then.
    /// </exception>
    public static ModelManifest Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) is ['.', ..])
        {
            throw new ModelFormatException(
                $"{folder}: the name of a model folder cannot begin with a dot, as those of unfinished ones do. "
                + "Export the model again with "
                + "`alora export`, or give the folder another name.");
        }

        return Models.ManifestReader.Read(Path.Combine(folder, FileName));
    }
}
