using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Checkpoints.Decoding;

namespace ALoRA.Onnx.Export.Checkpoints.Storage;

/// <summary>A binary32 tensor to which a constant is added while it is read.</summary>
internal sealed class ShiftedFloats(TensorStorage stored, float shift) : TensorStorage
{
    public override string FilePath => stored.FilePath;

    public override long ByteLength => stored.ByteLength;

    public override void Read(long offset, Span<byte> destination)
    {
        stored.Read(offset, destination);
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        TensorPrimitives.Add(values, shift, values);
    }

    public override void Decode(long offset, TensorEncoding encoding, BlockDecoder decoder, Span<float> destination)
    {
        stored.Decode(offset, encoding, decoder, destination);
        TensorPrimitives.Add(destination, shift, destination);
    }
}
