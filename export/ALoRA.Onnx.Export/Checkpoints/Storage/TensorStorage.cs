using ALoRA.Onnx.Export.Checkpoints.Decoding;

namespace ALoRA.Onnx.Export.Checkpoints.Storage;

/// <summary>Where the bytes of a tensor lie. Offsets count from the tensor's first byte in reading order.</summary>
internal abstract class TensorStorage
{
    public abstract string FilePath { get; }

    public abstract long ByteLength { get; }

    /// <summary>Copies stored bytes.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>Converts whole blocks, starting at a block's first byte.</summary>
    public abstract void Decode(long offset, TensorEncoding encoding, BlockDecoder decoder, Span<float> destination);
}
