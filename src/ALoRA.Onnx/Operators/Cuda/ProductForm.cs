namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the attributes of a <see cref="LoraProduct"/> say.</summary>
/// <param name="Bits">Bits of a number of W: 4, 8 or 16.</param>
/// <param name="Ends">Parts of W's outputs.</param>
/// <param name="IsSwiGlu">Whether half of the outputs are gates.</param>
/// <param name="Waits">Whether x comes from the kernel in front although there is h.</param>
/// <param name="IsAhead">Whether x is to be waited for where rows are few, as the kernel in front has not.</param>
/// <param name="Scale">What the product is multiplied by, before the residual is added.</param>
internal readonly record struct ProductForm(int Bits, PartEnds Ends, bool IsSwiGlu, bool Waits, bool IsAhead, float Scale)
{
    /// <summary>Bits of the operator <c>NibbleProduct</c>.</summary>
    public const int NibbleBits = 4;

    /// <summary>Bits of the operator <c>ByteProduct</c>.</summary>
    public const int ByteBits = 8;

    /// <summary>Bits of the operator <c>LoraProduct</c>, whose weights are of the activations' type.</summary>
    public const int FloatBits = 16;

    /// <summary>Numbers of a block of 4 or 8 bits that have one scale.</summary>
    public const int BlockSize = 32;

    /// <summary>Whether W is of blocks with a scale each.</summary>
    public bool IsBlocks => Bits < FloatBits;

    /// <summary>Bytes of a block's codes.</summary>
    public int BlockBytes => BlockSize * Bits / 8;

    /// <summary>Index of the input behind the weights.</summary>
    public int Behind => IsBlocks ? 4 : 2;

    /// <summary>Bytes of the zero points of a row of W.</summary>
    /// <param name="blocks">Its blocks.</param>
    public int ZeroBytes(int blocks) => ((blocks * Bits) + 7) / 8;

    /// <summary>What the number of W's outputs is a multiple of.</summary>
    /// <param name="isAdapted">Whether there is h.</param>
    public int MultipleOfOutputs(bool isAdapted) => IsSwiGlu ? 16 : isAdapted ? 8 : 1;

    /// <summary>Whether a run waits for x.</summary>
    /// <param name="rows">Its rows.</param>
    public bool WaitsFor(int rows) => Waits || (IsAhead && LoraKernels.IsAhead(rows));
}
