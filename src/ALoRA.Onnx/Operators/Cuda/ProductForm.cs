namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the attributes of a <see cref="LoraProduct"/> say.</summary>
/// <param name="IsNibbles">Whether W has 4 bits.</param>
/// <param name="Ends">Parts of W's outputs.</param>
/// <param name="IsSwiGlu">Whether half of the outputs are gates.</param>
/// <param name="Waits">Whether x comes from the kernel in front although there is h.</param>
/// <param name="IsAhead">Whether x is to be waited for where rows are few, as the kernel in front has not.</param>
/// <param name="Scale">What the product is multiplied by, before the residual is added.</param>
internal readonly record struct ProductForm(bool IsNibbles, PartEnds Ends, bool IsSwiGlu, bool Waits, bool IsAhead, float Scale)
{
    /// <summary>Numbers of a block of 4 bits that have one scale.</summary>
    public const int BlockSize = 32;

    /// <summary>Index of the input behind the weights.</summary>
    public int Behind => IsNibbles ? 4 : 2;

    /// <summary>What the number of W's outputs is a multiple of.</summary>
    /// <param name="isAdapted">Whether there is h.</param>
    public int MultipleOfOutputs(bool isAdapted) => IsSwiGlu ? 16 : isAdapted ? 8 : 1;

    /// <summary>Whether a run waits for x.</summary>
    /// <param name="rows">Its rows.</param>
    public bool WaitsFor(int rows) => Waits || (IsAhead && LoraKernels.IsAhead(rows));
}
