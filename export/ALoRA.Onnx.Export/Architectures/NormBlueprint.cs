namespace ALoRA.Onnx.Export.Architectures;

/// <summary>A norm.</summary>
/// <param name="Weight">Checkpoint tensor of the scale, <c>[Size]</c>.</param>
/// <param name="Size">Elements that are normalised together.</param>
/// <param name="Epsilon">Added to the mean square or the variance.</param>
internal sealed record NormBlueprint(string Weight, int Size, float Epsilon)
{
    /// <summary>Checkpoint tensor that is added at the end, or null.</summary>
    public string? Bias { get; init; }

    /// <summary>Whether the mean is subtracted first (LayerNorm); otherwise the root mean square is all (RMSNorm).</summary>
    public bool SubtractsMean { get; init; }

    /// <summary>Whether the scale is 1 + weight.</summary>
    public bool AddsOne { get; init; }

    /// <summary>Path of the module, such as <c>model.norm</c>.</summary>
    public string Path => Weight.EndsWith(".weight", StringComparison.Ordinal) ? Weight[..^".weight".Length] : Weight;
}
