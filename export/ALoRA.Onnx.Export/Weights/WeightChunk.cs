namespace ALoRA.Onnx.Export.Weights;

/// <summary>A piece of a plan that fits into memory. Pieces are independent of each other and run on any thread.</summary>
/// <param name="SourceByteLength">Checkpoint bytes that the piece reads.</param>
internal abstract record WeightChunk(long SourceByteLength)
{
    /// <summary>Reads, converts and writes the piece.</summary>
    public abstract void Write(DataFile file, ChunkBuffers buffers);
}
