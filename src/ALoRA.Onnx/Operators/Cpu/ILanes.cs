namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>Float32 numbers that one instruction computes with: one text of the kernels serves all widths.</summary>
/// <typeparam name="TVector">The numbers.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>How many there are.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in all lanes.</summary>
    static abstract TVector Create(float value);

    /// <summary>Reads.</summary>
    static abstract TVector Load(float* from);

    /// <summary>Reads bfloat16.</summary>
    static abstract TVector Widen(ushort* from);

    /// <summary>Writes.</summary>
    static abstract void Store(TVector value, float* to);

    /// <summary>a + b.</summary>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>a · b + c, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>a · b.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>The larger of each two; b where one of them is no number.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>a · 2^n, where n is a whole number from -126 to 127.</summary>
    static abstract TVector Scale(TVector a, TVector n);
}
