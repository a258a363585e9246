using ALoRA.Onnx.Export.Checkpoints.Decoding;

namespace ALoRA.Onnx.Export.Checkpoints.Storage;

/// <summary>A tensor that lies in a file as it is read.</summary>
internal sealed class FileRange(MappedFile file, long start, long byteLength) : TensorStorage
{
    public override string FilePath => file.Path;

    public override long ByteLength => byteLength;

    public override void Read(long offset, Span<byte> destination) => file.Read(start + offset, destination);

    /// <summary>Maps bytes of the tensor; the caller disposes the window.</summary>
    public MappedWindow Map(long offset, int length) => file.Map(start + offset, length);

    public override void Decode(long offset, TensorEncoding encoding, BlockDecoder decoder, Span<float> destination)
    {
        int blockLength = encoding.BlockLength();
        int blockByteLength = encoding.BlockByteLength();
        int windowBlocks = MappedFile.WindowByteLength / blockByteLength;
        while (!destination.IsEmpty)
        {
            int blocks = Math.Min(destination.Length / blockLength, windowBlocks);
            using (MappedWindow window = Map(offset, blocks * blockByteLength))
            {
                decoder(window.Bytes, destination[..(blocks * blockLength)]);
            }

            offset += (long)blocks * blockByteLength;
            destination = destination[(blocks * blockLength)..];
        }
    }
}
