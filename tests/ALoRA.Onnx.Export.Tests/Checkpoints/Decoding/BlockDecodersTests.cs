using ALoRA.Onnx.Export.Checkpoints.Decoding;
using CsCheck;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Decoding;

/// <summary>Each vectorised conversion against the format's description, element by element.</summary>
[TestClass]
public sealed class BlockDecodersTests
{
    private static readonly sbyte[] IQ4 = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    [TestMethod]
    public void DecodeF16_EveryPattern_EqualsTheRuntimesConversion() => AssertEveryPattern(
        TensorEncoding.F16, bits => (float)BitConverter.UInt16BitsToHalf(bits));

    [TestMethod]
    public void DecodeBF16_EveryPattern_IsTheUpperHalfOfABinary32() => AssertEveryPattern(
        TensorEncoding.BF16, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));

    [TestMethod]
    [DataRow(TensorEncoding.Q8_0)]
    [DataRow(TensorEncoding.Q4_0)]
    [DataRow(TensorEncoding.Q4_1)]
    [DataRow(TensorEncoding.Q5_0)]
    [DataRow(TensorEncoding.Q5_1)]
    [DataRow(TensorEncoding.IQ4_NL)]
    [DataRow(TensorEncoding.Q2_K)]
    [DataRow(TensorEncoding.Q3_K)]
    [DataRow(TensorEncoding.Q4_K)]
    [DataRow(TensorEncoding.Q5_K)]
    [DataRow(TensorEncoding.Q6_K)]
    [DataRow(TensorEncoding.TQ2_0)]
    public void Decode_AnyBlocks_EqualsTheNaiveTwin(TensorEncoding encoding)
    {
        BlockDecoder decoder = BlockDecoders.Find(encoding)!;
        Gen.Byte.Array[encoding.BlockByteLength() * 3].Sample(
            blocks =>
            {
                float[] actual = new float[encoding.BlockLength() * 3];
                decoder(blocks, actual);
                for (int i = 0; i < actual.Length; i++)
                {
                    (int block, int element) = Math.DivRem(i, encoding.BlockLength());
                    float expected = Naive(
                        encoding, blocks.AsSpan(block * encoding.BlockByteLength(), encoding.BlockByteLength()), element);
                    if (!expected.Equals(actual[i]))
                    {
                        return false;
                    }
                }

                return true;
            },
            iter: 300);
    }

    [TestMethod]
    [DataRow((byte)0x00, 0f)]
    [DataRow((byte)0x80, -0f)]
    [DataRow((byte)0x01, 0.001953125f)]
    [DataRow((byte)0x38, 1f)]
    [DataRow((byte)0xB9, -1.125f)]
    [DataRow((byte)0x7E, 448f)]
    [DataRow((byte)0x7F, float.NaN)]
    public void DecodeE4M3_KnownPatterns_GivesTheirValues(byte bits, float expected) =>
        AssertValue(TensorEncoding.F8_E4M3, [bits], expected);

    [TestMethod]
    [DataRow((byte)0x3C, 1f)]
    [DataRow((byte)0x01, 0.0000152587890625f)]
    [DataRow((byte)0xFC, float.NegativeInfinity)]
    [DataRow((byte)0x7B, 57344f)]
    public void DecodeE5M2_KnownPatterns_GivesTheirValues(byte bits, float expected) =>
        AssertValue(TensorEncoding.F8_E5M2, [bits], expected);

    [TestMethod]
    [DataRow(TensorEncoding.I64, new byte[] { 1, 0, 0, 0, 0, 1, 0, 0 }, 1099511627777f)]
    [DataRow(TensorEncoding.I32, new byte[] { 255, 255, 255, 255 }, -1f)]
    [DataRow(TensorEncoding.U32, new byte[] { 255, 255, 255, 255 }, 4294967295f)]
    [DataRow(TensorEncoding.U64, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, 18446744073709551615f)]
    [DataRow(TensorEncoding.I16, new byte[] { 0, 128 }, -32768f)]
    [DataRow(TensorEncoding.U16, new byte[] { 0, 128 }, 32768f)]
    [DataRow(TensorEncoding.I8, new byte[] { 128 }, -128f)]
    [DataRow(TensorEncoding.U8, new byte[] { 128 }, 128f)]
    [DataRow(TensorEncoding.BOOL, new byte[] { 1 }, 1f)]
    [DataRow(TensorEncoding.F64, new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0xBF }, -1.5f)]
    public void Decode_PlainElement_GivesItsValue(TensorEncoding encoding, byte[] bytes, float expected) =>
        AssertValue(encoding, bytes, expected);

    private static void AssertValue(TensorEncoding encoding, byte[] bytes, float expected)
    {
        float[] values = new float[1];
        BlockDecoders.Find(encoding)!(bytes, values);
        Assert.AreEqual(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(values[0]));
    }

    private static void AssertEveryPattern(TensorEncoding encoding, Func<ushort, float> expected)
    {
        byte[] bytes = [.. Enumerable.Range(0, 65536).SelectMany(bits => BitConverter.GetBytes((ushort)bits))];
        float[] values = new float[65536];
        BlockDecoders.Find(encoding)!(bytes, values);
        for (int bits = 0; bits < values.Length; bits++)
        {
            Assert.AreEqual(
                BitConverter.SingleToUInt32Bits(expected((ushort)bits)), BitConverter.SingleToUInt32Bits(values[bits]), $"0x{bits:X4}");
        }
    }

    private static float Naive(TensorEncoding encoding, ReadOnlySpan<byte> b, int i) => encoding switch
    {
        TensorEncoding.Q8_0 => (sbyte)b[2 + i] * Half(b, 0),
        TensorEncoding.Q4_0 => (Nibble(b[2..], i) - 8) * Half(b, 0),
        TensorEncoding.Q4_1 => (Nibble(b[4..], i) * Half(b, 0)) + Half(b, 2),
        TensorEncoding.Q5_0 => ((Nibble(b[6..], i) | (Bit(b[2..], i) << 4)) - 16) * Half(b, 0),
        TensorEncoding.Q5_1 => ((Nibble(b[8..], i) | (Bit(b[4..], i) << 4)) * Half(b, 0)) + Half(b, 2),
        TensorEncoding.IQ4_NL => IQ4[Nibble(b[2..], i)] * Half(b, 0),
        TensorEncoding.TQ2_0 => (TwoBits(b, i) - 1) * Half(b, 64),
        TensorEncoding.Q2_K => (Half(b, 80) * (b[i / 16] & 15) * TwoBits(b[16..], i)) - (Half(b, 82) * (b[i / 16] >> 4)),
        TensorEncoding.Q3_K =>
            Half(b, 108) * (Q3Scale(b[96..], i / 16) - 32) * (TwoBits(b[32..], i) - (((b[i % 32] >> (i / 32)) & 1) == 1 ? 0 : 4)),
        TensorEncoding.Q4_K => (Half(b, 0) * KScale(b[4..], i / 32) * KNibble(b[16..], i)) - (Half(b, 2) * KMinimum(b[4..], i / 32)),
        TensorEncoding.Q5_K => (Half(b, 0) * KScale(b[4..], i / 32) * (KNibble(b[48..], i) | (((b[16 + (i % 32)] >> (i / 32)) & 1) << 4)))
            - (Half(b, 2) * KMinimum(b[4..], i / 32)),
        TensorEncoding.Q6_K => Half(b, 208) * (sbyte)b[192 + (i / 16)] * ((Q6Low(b, i) | (TwoBits(b[128..], i) << 4)) - 32),
        _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
    };

    private static float Half(ReadOnlySpan<byte> bytes, int offset) => (float)BitConverter.ToHalf(bytes[offset..]);

    private static int Nibble(ReadOnlySpan<byte> bytes, int i) => i < 16 ? bytes[i] & 15 : bytes[i - 16] >> 4;

    private static int Bit(ReadOnlySpan<byte> bytes, int i) => (bytes[i / 8] >> (i % 8)) & 1;

    private static int TwoBits(ReadOnlySpan<byte> bytes, int i) => (bytes[(i / 128 * 32) + (i % 32)] >> (i % 128 / 32 * 2)) & 3;

    private static int KNibble(ReadOnlySpan<byte> bytes, int i) => (bytes[(i / 64 * 32) + (i % 32)] >> (i % 64 / 32 * 4)) & 15;

    private static int Q6Low(ReadOnlySpan<byte> bytes, int i) => (bytes[(i / 128 * 64) + (i % 64)] >> (i % 128 / 64 * 4)) & 15;

    private static int Q3Scale(ReadOnlySpan<byte> scales, int group) =>
        ((scales[group % 8] >> (group / 8 * 4)) & 15) | (((scales[8 + (group % 4)] >> (group / 4 * 2)) & 3) << 4);

    private static int KScale(ReadOnlySpan<byte> scales, int group) =>
        group < 4 ? scales[group] & 63 : (scales[group + 4] & 15) | (scales[group - 4] >> 6 << 4);

    private static int KMinimum(ReadOnlySpan<byte> scales, int group) =>
        group < 4 ? scales[group + 4] & 63 : (scales[group + 4] >> 4) | (scales[group] >> 6 << 4);
}
