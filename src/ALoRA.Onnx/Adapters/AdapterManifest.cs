using ALoRA.Onnx.Adapters;

namespace ALoRA.Onnx;

/// <summary>The content of <c>adapter.json</c>: what an adapter is, which base it belongs to, and from where on it is active.</summary>
public sealed record AdapterManifest
{
    /// <summary>Name of the manifest within an adapter's folder.</summary>
    public const string FileName = "adapter.json";

    /// <summary>Name under which the adapter was converted.</summary>
    public required string Name { get; init; }

    /// <summary>Plain or activated LoRA.</summary>
    public required AdapterKind Kind { get; init; }

    /// <summary>File name of the weights within the adapter's folder.</summary>
    public required string WeightsFile { get; init; }

    /// <summary>The base that the adapter was converted for.</summary>
    public required BaseIdentity Base { get; init; }

    /// <summary>Element type of the weights: the activation type of the model it was converted for.</summary>
    public required string ElementType { get; init; }

    /// <summary>Rank of a projection as the adapter's configuration has it; patterns may give single projections others.</summary>
    public required int Rank { get; init; }

    /// <summary>Numerator of the scaling, which is already folded into B.</summary>
    public required double Alpha { get; init; }

    /// <summary>
    /// Ids of the invocation tokens: the adapter is active from their last occurrence on. Empty for <see cref="AdapterKind.Lora"/>.
    /// </summary>
    public required IReadOnlyList<int> InvocationTokens { get; init; }

    /// <summary>
    /// Moves the first adapted token: 0 is the first invocation token, as in PEFT;
    /// -1 is one token earlier (llama.cpp), 1 one later (IBM's package).
    /// </summary>
    public int ActivationOffset { get; init; }

    /// <summary>Module paths below a layer that the adapter targets.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>
    /// Whether it was trained with <c>lora_bias</c>: the last rank of each group is then the bias, and the model must have inputs for it.
    /// </summary>
    public bool HasLoraBias { get; init; }

    /// <summary>The model's groups that the adapter has weights for.</summary>
    internal IReadOnlyList<AdapterGroupRank> Groups { get; init; } = [];

    /// <summary>Number of trained parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>How it is invoked and what it answers; null if that was not given, or if an <c>io.yaml</c> says so.</summary>
    public AdapterIntrinsic? Intrinsic { get; init; }

    /// <summary>Reads and checks the manifest of an adapter's folder.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <exception cref="ModelFormatException">The manifest is missing or malformed, or is of a newer format.</exception>
    public static AdapterManifest Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Adapters.AdapterManifestReader.Read(Path.Combine(folder, FileName));
    }
}
