namespace ALoRA.Onnx.Export.Adapters.Peft;

/// <summary>What an <c>adapter_config.json</c> of PEFT says, as far as it decides the adapter's numbers.</summary>
internal sealed record PeftAdapterConfig
{
    /// <summary>Name of the file in an adapter's folder.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>The file, for messages.</summary>
    public required string FilePath { get; init; }

    /// <summary>r: the rank of modules that no key of <see cref="RankPattern"/> matches.</summary>
    public required int Rank { get; init; }

    /// <summary>lora_alpha: the numerator of the scale of modules that no key of <see cref="AlphaPattern"/> matches.</summary>
    public required double Alpha { get; init; }

    /// <summary>use_rslora: the scale is alpha / sqrt(r) instead of alpha / r.</summary>
    public required bool RankStabilized { get; init; }

    /// <summary>lora_bias: lora_B has a bias, scaled with the rest.</summary>
    public required bool LoraBias { get; init; }

    /// <summary>target_modules.</summary>
    public required ModuleNames Targets { get; init; }

    /// <summary>exclude_modules.</summary>
    public ModuleNames? Exclusions { get; init; }

    /// <summary>layers_to_transform; null for all layers.</summary>
    public IReadOnlySet<int>? Layers { get; init; }

    /// <summary>layers_pattern: names of the list of layers, regular expressions; empty for any name.</summary>
    public required IReadOnlyList<string> LayersPatterns { get; init; }

    /// <summary>rank_pattern in the order of the file: the first key that matches counts.</summary>
    public required IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; }

    /// <summary>alpha_pattern in the order of the file: the first key that matches counts.</summary>
    public required IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; }

    /// <summary>alora_invocation_tokens; empty for a plain LoRA.</summary>
    public required IReadOnlyList<int> InvocationTokens { get; init; }

    /// <summary>invocation_string of IBM's package from before PEFT knew activated LoRA.</summary>
    public string? InvocationString { get; init; }

    /// <summary>base_model_name_or_path.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Settings that leave the numbers alone, but that a reader may wonder about.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Activated if there are invocation tokens (or the string of the old form); PEFT takes an empty list as none.</summary>
    public AdapterKind Kind => InvocationTokens.Count > 0 || InvocationString is not null ? AdapterKind.Alora : AdapterKind.Lora;

    /// <summary>The factor of B·A: alpha / r, or alpha / sqrt(r) for rank-stabilized LoRA (arXiv 2312.03732).</summary>
    public double Scale(int rank, double alpha) => alpha / (RankStabilized ? Math.Sqrt(rank) : rank);
}
