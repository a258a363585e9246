namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>Where sums of values over a block's keys begin and go to, of up to four queries.</summary>
internal unsafe struct ValueSums
{
    /// <summary>Sums over some keys of the block, [queries, size].</summary>
    public float* Part;

    /// <summary>Elements of a head.</summary>
    public int Size;

    /// <summary>Whether the sums begin with <see cref="Part"/>, else with 0.</summary>
    public bool GoesOn;

    /// <summary>The result of each query, to which the sums over the whole block are added.</summary>
    public float** Results;

    /// <summary>What each result is multiplied by before that; null where the sums go to <see cref="Part"/>.</summary>
    public float* Factors;

    /// <summary>The same of one query.</summary>
    public readonly ValueSums Of(int query) => new()
    {
        Part = Part + (query * Size),
        Size = Size,
        GoesOn = GoesOn,
        Results = Results + query,
        Factors = Factors is null ? null : Factors + query,
    };
}
