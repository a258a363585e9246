namespace ALoRA.Onnx.Export.Weights;

/// <summary>A range of the data file, made of rows of equal length. One or several initializers of the graphs point to it.</summary>
internal sealed class StoredTensor(string name, long rowCount, int rowByteLength)
{
    /// <summary>Name of the initializer that it was planned for.</summary>
    public string Name => name;

    public int RowByteLength => rowByteLength;

    public long ByteLength => rowCount * rowByteLength;

    /// <summary>Position in the data file, set by <see cref="DataLayout"/>.</summary>
    public long Offset { get; set; } = -1;
}
