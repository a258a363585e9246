using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>GGUF's blocks of 32 elements with one scale: Q8_0, Q4_0, Q4_1, Q5_0, Q5_1.</summary>
/// <remarks>In the 4- and 5-bit types byte i of a block holds element i in its low and element i + 16 in its high half.</remarks>
internal static class SimpleBlocks
{
    private const int BlockLength = 32;

    public static void DecodeQ8_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !blocks.IsEmpty; blocks = blocks[34..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            QuantLanes.Store(QuantLanes.Load(blocks[2..]).AsSByte(), scale, values);
            QuantLanes.Store(QuantLanes.Load(blocks[18..]).AsSByte(), scale, values[16..]);
        }
    }

    public static void DecodeQ4_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        Vector128<sbyte> zero = Vector128.Create((sbyte)8);
        for (; !blocks.IsEmpty; blocks = blocks[18..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            Vector128<byte> bytes = QuantLanes.Load(blocks[2..]);
            QuantLanes.Store(QuantLanes.Bits(bytes, 0, 15).AsSByte() - zero, scale, values);
            QuantLanes.Store(QuantLanes.Bits(bytes, 4, 15).AsSByte() - zero, scale, values[16..]);
        }
    }

    public static void DecodeQ4_1(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !blocks.IsEmpty; blocks = blocks[20..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            float minimum = QuantLanes.Scale(blocks[2..]);
            Vector128<byte> bytes = QuantLanes.Load(blocks[4..]);
            QuantLanes.Store(QuantLanes.Bits(bytes, 0, 15).AsSByte(), scale, minimum, values);
            QuantLanes.Store(QuantLanes.Bits(bytes, 4, 15).AsSByte(), scale, minimum, values[16..]);
        }
    }

    public static void DecodeQ5_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        Vector128<sbyte> zero = Vector128.Create((sbyte)16);
        for (; !blocks.IsEmpty; blocks = blocks[22..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(blocks[2..]);
            Vector128<byte> bytes = QuantLanes.Load(blocks[6..]);
            QuantLanes.Store(WithFifthBit(QuantLanes.Bits(bytes, 0, 15), fifth) - zero, scale, values);
            QuantLanes.Store(WithFifthBit(QuantLanes.Bits(bytes, 4, 15), fifth >> 16) - zero, scale, values[16..]);
        }
    }

    public static void DecodeQ5_1(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !blocks.IsEmpty; blocks = blocks[24..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            float minimum = QuantLanes.Scale(blocks[2..]);
            uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(blocks[4..]);
            Vector128<byte> bytes = QuantLanes.Load(blocks[8..]);
            QuantLanes.Store(WithFifthBit(QuantLanes.Bits(bytes, 0, 15), fifth), scale, minimum, values);
            QuantLanes.Store(WithFifthBit(QuantLanes.Bits(bytes, 4, 15), fifth >> 16), scale, minimum, values[16..]);
        }
    }

    // Bit i of the sixteen becomes bit 4 of lane i.
    private static Vector128<sbyte> WithFifthBit(Vector128<byte> low, uint fifth)
    {
        Vector128<byte> spread = Vector128.Create(Vector64.Create((byte)fifth), Vector64.Create((byte)(fifth >> 8)));
        Vector128<byte> lane = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        Vector128<byte> set = Vector128.Equals(spread & lane, lane) & Vector128.Create((byte)16);
        return (low | set).AsSByte();
    }
}
