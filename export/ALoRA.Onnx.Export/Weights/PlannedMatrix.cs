namespace ALoRA.Onnx.Export.Weights;

/// <summary>A matrix <c>[Rows, Columns]</c> with a place in the data file.</summary>
/// <param name="Name">Prefix of its initializers.</param>
/// <param name="Rows">Output features, or entries of a table.</param>
/// <param name="Columns">Input features.</param>
/// <param name="Format">How it is held.</param>
/// <param name="Values">The elements, or the codes of the blocks.</param>
internal sealed record PlannedMatrix(string Name, int Rows, int Columns, MatrixFormat Format, StoredTensor Values)
{
    /// <summary>Scale of each block; null for floats.</summary>
    public StoredTensor? Scales { get; init; }

    /// <summary>Zero point of each block; null where the middle of the range stands for all.</summary>
    public StoredTensor? ZeroPoints { get; init; }

    /// <summary>Low nibbles of the codes where they are split; <see cref="Values"/> are then the high ones.</summary>
    public StoredTensor? LowValues { get; init; }

    /// <summary>Low nibbles of the zero points where the codes are split.</summary>
    public StoredTensor? LowZeroPoints { get; init; }

    /// <summary>What is added to each element of a block; null for nothing.</summary>
    public StoredTensor? Minimums { get; init; }
}
