namespace ALoRA.Onnx.Export.Architectures;

/// <summary>A norm on queries or keys before they are rotated.</summary>
/// <param name="Norms">One norm for all heads or over their full width, or one for each head; they differ in their weights only.</param>
internal sealed record HeadNormBlueprint(IReadOnlyList<NormBlueprint> Norms)
{
    public HeadNormBlueprint(NormBlueprint norm)
        : this([norm])
    {
    }

    /// <summary>Elements that are normalised together: those of a head, or of all heads.</summary>
    public int Size => Norms[0].Size;
}
