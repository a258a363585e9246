using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Adapters.Peft;

namespace ALoRA.Onnx.Export;

/// <summary>What an adapter holds, for inspection: a PEFT folder, or what llama.cpp made of one.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class PeftAdapter
{
    private readonly PeftAdapterConfig _config;

    private PeftAdapter(string path, AdapterSource source)
    {
        Folder = path;
        WeightsPath = source.WeightsPath;
        _config = source.Config;
        Tensors = [.. source.Outlines()];
    }

    /// <summary>The folder or file as it was given.</summary>
    public string Folder { get; }

    /// <summary>The file of the tensors: <c>adapter_model.safetensors</c> or a <c>.gguf</c> file.</summary>
    public string WeightsPath { get; }

    /// <summary>LoRA or activated LoRA.</summary>
    public AdapterKind Kind => _config.Kind;

    /// <summary>r.</summary>
    public int Rank => _config.Rank;

    /// <summary>lora_alpha.</summary>
    public double Alpha => _config.Alpha;

    /// <summary>Whether the scale is alpha / sqrt(r) instead of alpha / r.</summary>
    public bool IsRankStabilized => _config.RankStabilized;

    /// <summary>Whether lora_B has a bias.</summary>
    public bool HasLoraBias => _config.LoraBias;

    /// <summary>target_modules: the names of a list, or the one regular expression or <c>all-linear</c>.</summary>
    public IReadOnlyList<string> TargetModules => _config.Targets.Names ?? [_config.Targets.Pattern!];

    /// <summary>alora_invocation_tokens; empty for a plain LoRA.</summary>
    public IReadOnlyList<int> InvocationTokens => _config.InvocationTokens;

    /// <summary>invocation_string of IBM's package from before PEFT; null otherwise.</summary>
    public string? InvocationString => _config.InvocationString;

    /// <summary>base_model_name_or_path; null if the configuration names none.</summary>
    public string? BaseModel => _config.BaseModel;

    /// <summary>The tensors of the file in its order.</summary>
    public IReadOnlyList<PeftTensor> Tensors { get; }

    /// <summary>Number of weights.</summary>
    public long Parameters => Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>Reads configuration and tensor headers of an adapter.</summary>
    /// <param name="folder">
    /// Folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, or a LoRA as a <c>.gguf</c> file.
    /// </param>
    /// <exception cref="CheckpointFormatException">
    /// A file is missing or malformed, or the adapter is of a kind that cannot be honoured.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static PeftAdapter Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using AdapterSource source = AdapterSource.Open(folder);
        return new PeftAdapter(folder, source);
    }
}
