namespace ALoRA.Onnx.Export.Weights;

/// <summary>Rows that were converted before the data file is written: a tensor's sections one after the other. Thread-safe.</summary>
internal interface IRowSource
{
    /// <summary>Fills <paramref name="bytes"/> with a tensor's bytes from <paramref name="offset"/> on.</summary>
    void Read(string tensor, long offset, Span<byte> bytes);
}
