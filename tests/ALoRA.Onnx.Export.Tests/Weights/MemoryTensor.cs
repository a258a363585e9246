using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Checkpoints.Decoding;
using ALoRA.Onnx.Export.Checkpoints.Storage;

namespace ALoRA.Onnx.Export.Tests.Weights;

/// <summary>A checkpoint tensor over bytes in memory.</summary>
internal sealed class MemoryTensor : TensorStorage
{
    private readonly byte[] _bytes;

    private MemoryTensor(byte[] bytes) => _bytes = bytes;

    public override string FilePath => "memory";

    public override long ByteLength => _bytes.Length;

    public static CheckpointTensor OfFloats(string name, float[] values, params long[] shape) =>
        new(name, TensorEncoding.F32, shape, new MemoryTensor(MemoryMarshal.AsBytes<float>(values).ToArray()));

    public static CheckpointTensor OfBytes(string name, TensorEncoding encoding, byte[] bytes, params long[] shape) =>
        new(name, encoding, shape, new MemoryTensor(bytes));

    public override void Read(long offset, Span<byte> destination) => _bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

    public override void Decode(long offset, TensorEncoding encoding, BlockDecoder decoder, Span<float> destination) =>
        decoder(_bytes.AsSpan((int)offset, destination.Length / encoding.BlockLength() * encoding.BlockByteLength()), destination);
}
