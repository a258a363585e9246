namespace ALoRA.Onnx.Export.Weights;

/// <summary>Rows that were converted before the data file is written: for each tensor its sections one after the other. Read by several threads.</summary>
internal interface IRowSource
{
    /// <summary>Fills <paramref name="bytes"/> with a tensor's bytes from <paramref name="offset"/> on.</summary>
    void Read(string tensor, long offset, Span<byte> bytes);
}
