namespace ALoRA.Onnx.Export.Weights;

/// <summary>A matrix <c>[Rows, Columns]</c> with a place in the data file.</summary>
/// <param name="Name">Prefix of its initializers.</param>
/// <param name="Rows">Output features, or entries of a table.</param>
/// <param name="Columns">Input features.</param>
/// <param name="Format">How it is held.</param>
/// <param name="Stored">The stored tensors; which ones depends on the format.</param>
internal sealed record PlannedMatrix(string Name, int Rows, int Columns, MatrixFormat Format, IReadOnlyList<StoredTensor> Stored);
