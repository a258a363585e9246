namespace ALoRA.Onnx.Inference;

/// <summary>Which rows of a sequence an adapter computes: all from a position on.</summary>
/// <param name="Adapter">The adapter; null for the base alone.</param>
/// <param name="Start">Position of the first adapted token within the sequence.</param>
internal readonly record struct Activation(Adapter? Adapter, int Start)
{
    /// <summary>Nothing is adapted.</summary>
    public static Activation None => new(null, int.MaxValue);

    /// <summary>The weights that write the row at a position.</summary>
    public Adapter? WriterAt(int position) => position >= Start ? Adapter : null;
}
