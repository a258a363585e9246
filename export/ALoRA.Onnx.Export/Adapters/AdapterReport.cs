namespace ALoRA.Onnx.Export;

/// <summary>What a conversion wrote.</summary>
public sealed record AdapterReport
{
    /// <summary>Name of the adapter: its folder below <c>adapters</c>.</summary>
    public required string Name { get; init; }

    /// <summary>LoRA or activated LoRA.</summary>
    public required AdapterKind Kind { get; init; }

    /// <summary>r of the configuration; modules may have another one through rank_pattern.</summary>
    public required int Rank { get; init; }

    /// <summary>lora_alpha of the configuration.</summary>
    public required double Alpha { get; init; }

    /// <summary>Token ids after which an activated LoRA acts; empty for a plain LoRA.</summary>
    public required IReadOnlyList<int> InvocationTokens { get; init; }

    /// <summary>The adapted modules within a layer, such as <c>self_attn.q_proj</c>, in the order of the model.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Number of layers in which at least one module is adapted.</summary>
    public required int Layers { get; init; }

    /// <summary>Number of trained weights, without the zeros that the graph's form adds.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of the <c>.onnx_adapter</c> file.</summary>
    public required long Bytes { get; init; }

    /// <summary>The adapter's folder, an absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>What the conversion accepted and its user should know, such as another base's name; empty if nothing.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
