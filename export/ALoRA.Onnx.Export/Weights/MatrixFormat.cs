namespace ALoRA.Onnx.Export.Weights;

/// <summary>How a matrix is held in the data file.</summary>
internal abstract record MatrixFormat
{
    /// <summary>Elements of the activation type.</summary>
    public sealed record Float : MatrixFormat;
}
