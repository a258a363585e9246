using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ALoRA.Onnx.Export.Checkpoints.Decoding;
using CsCheck;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Decoding;

/// <summary>The types with a grid, against values of llama.cpp's own conversion and against the format's description.</summary>
[TestClass]
public sealed class GridBlocksTests
{
    private const int BlockCount = 512;

    // Enough blocks of a linear congruential generator to meet nearly every row of a grid. The expected values are those of llama.cpp's
    // dequantize_row_iq*, which gguf-py equals bit for bit.
    [TestMethod]
    [DataRow(
        TensorEncoding.IQ2_XXS, 1u, 1, new[] { 0.127853394f, -0.127853394f, -0.68721199f, 0.127853394f },
        "0669e3a89b5730f85860aa19de56d0c7ce9621caf5063b9680fb4c5b84de83ca")]
    [DataRow(
        TensorEncoding.IQ2_XS, 2u, 1, new[] { 8.17871094f, -25.5584717f, -8.17871094f, -25.5584717f },
        "98b7ff80e7749df0b8fd21b4ca4e665bd5b42e979d1b501c3a18ff683971ad4b")]
    [DataRow(
        TensorEncoding.IQ2_S, 3u, 1, new[] { -0.00972402096f, 0.00565350056f, 0.00972402096f, 0.00180912018f },
        "18b03aec23dfb98b7c7ae69d55682ad7c6f5cd78ef74296fb2dd655dff170398")]
    [DataRow(
        TensorEncoding.IQ3_XXS, 4u, 1, new[] { -2.23297119f, -1.33978271f, -0.446594238f, -3.12615967f },
        "a266ef27e83d80fdc48a19d5d803b94df089305dfd0c85734b5cbef95c72626c")]
    [DataRow(
        TensorEncoding.IQ3_S, 5u, 1, new[] { 11.7558594f, 58.7792969f, -82.2910156f, 11.7558594f },
        "ba2b1a467e52b7cf215629477f62155c1e61e13832a2dc00cf0d1160ab4c8082")]
    [DataRow(
        TensorEncoding.IQ1_S, 6u, 1, new[] { -0.000475943089f, -0.0042834878f, -0.000475943089f, -0.000475943089f },
        "12914527c7a1d025015bad3b816398a3c56729ddbdcf953b805c6ebe1d3cc910")]
    [DataRow(
        TensorEncoding.IQ1_M, 7u, 55, new[] { -5.21740723f, 4.0579834f, 4.0579834f, -5.21740723f },
        "867f169302cf149334ec276f674c6dba3ff21db3c98a71f4fc2d3001c262f01b")]
    public void Decode_ManyBlocks_GivesTheValuesOfLlamaCpp(
        TensorEncoding encoding, uint seed, int scaleByte, float[] first, string expectedHash)
    {
        byte[] blocks = new byte[encoding.BlockByteLength() * BlockCount];
        for (int i = 0; i < blocks.Length; i++)
        {
            seed = unchecked((seed * 1664525u) + 1013904223u);
            blocks[i] = (byte)(seed >> 24);
        }

        // Without the upper bit of its exponent the scale is finite.
        for (int block = 0; block < BlockCount; block++)
        {
            blocks[(block * encoding.BlockByteLength()) + scaleByte] &= 0xBF;
        }

        float[] values = new float[encoding.BlockLength() * BlockCount];
        BlockDecoders.Find(encoding)!(blocks, values);

        CollectionAssert.AreEqual(first, values[..first.Length]);
        Assert.AreEqual(expectedHash, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(values))));
    }

    [TestMethod]
    [DataRow(TensorEncoding.IQ1_S)]
    [DataRow(TensorEncoding.IQ1_M)]
    [DataRow(TensorEncoding.IQ2_XXS)]
    [DataRow(TensorEncoding.IQ2_XS)]
    [DataRow(TensorEncoding.IQ2_S)]
    [DataRow(TensorEncoding.IQ3_XXS)]
    [DataRow(TensorEncoding.IQ3_S)]
    public void Decode_AnyBlocks_EqualsTheNaiveTwin(TensorEncoding encoding)
    {
        BlockDecoder decoder = BlockDecoders.Find(encoding)!;
        int byteLength = encoding.BlockByteLength();
        Gen.Byte.Array[byteLength * 2].Sample(
            blocks =>
            {
                float[] actual = new float[512];
                decoder(blocks, actual);
                return Enumerable.Range(0, 512).All(
                    i => Naive(encoding, blocks.AsSpan(i / 256 * byteLength, byteLength), i % 256).Equals(actual[i]));
            },
            iter: 200);
    }

    private static float Naive(TensorEncoding encoding, ReadOnlySpan<byte> b, int i) => encoding switch
    {
        TensorEncoding.IQ1_S => NaiveIQ1_S(b, i),
        TensorEncoding.IQ1_M => NaiveIQ1_M(b, i),
        TensorEncoding.IQ2_XXS => Half(b, 0) * (0.5f + (Signs(b, 6 + (i / 32 * 8)) >> 28)) * 0.25f
            * Weight(Grids2.RowsXxs[b[2 + (i / 32 * 8) + (i / 8 % 4)]], i, 8, Grids2.Weights)
            * Sign(WithParity((int)(Signs(b, 6 + (i / 32 * 8)) >> (i / 8 % 4 * 7)) & 127), i),
        TensorEncoding.IQ2_XS => Half(b, 0) * (0.5f + Nibble(b[66..], i / 16)) * 0.25f
            * Weight(Grids2.RowsXs[U16(b, 2 + (i / 8 * 2)) % 512], i, 8, Grids2.Weights)
            * Sign(WithParity(U16(b, 2 + (i / 8 * 2)) / 512), i),
        TensorEncoding.IQ2_S => Half(b, 0) * (0.5f + Nibble(b[74..], i / 16)) * 0.25f
            * Weight(Grids2.RowsS[b[2 + (i / 8)] + ((b[66 + (i / 32)] >> (i / 8 % 4 * 2)) % 4 * 256)], i, 8, Grids2.Weights)
            * Sign(b[34 + (i / 8)], i),
        TensorEncoding.IQ3_XXS => Half(b, 0) * (0.5f + (Signs(b, 66 + (i / 32 * 4)) >> 28)) * 0.5f
            * Weight(Grids3.RowsXxs[b[2 + (i / 4)]], i, 4, Grids3.WeightsXxs)
            * Sign(WithParity((int)(Signs(b, 66 + (i / 32 * 4)) >> (i / 8 % 4 * 7)) & 127), i),
        TensorEncoding.IQ3_S => Half(b, 0) * (1 + (2 * Nibble(b[106..], i / 32)))
            * Weight(Grids3.RowsS[b[2 + (i / 4)] + ((b[66 + (i / 32)] >> (i / 4 % 8)) % 2 * 256)], i, 4, Grids3.WeightsS)
            * Sign(b[74 + (i / 8)], i),
        _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
    };

    private static float NaiveIQ1_S(ReadOnlySpan<byte> b, int i)
    {
        int packed = U16(b, 34 + (i / 32 * 2));
        int row = b[2 + (i / 8)] + ((packed >> (i / 8 % 4 * 3)) % 8 * 256);
        float scale = Half(b, 0) * (((packed >> 12) % 8 * 2) + 1);
        return scale * (Weight(Grids1.Rows[row], i, 8, Grids1.Weights) + (packed >= 0x8000 ? -0.125f : 0.125f));
    }

    private static float NaiveIQ1_M(ReadOnlySpan<byte> b, int i)
    {
        int high = Nibble(b[32..], i / 8);
        int row = b[i / 8] + (high % 8 * 256);
        int bits = (b[49] >> 4) + (b[51] >> 4 << 4) + (b[53] >> 4 << 8) + (b[55] >> 4 << 12);
        int groupScale = (U16(b, 48 + (i / 64 * 2)) >> (i / 16 % 4 * 3)) % 8;
        float scale = (float)BitConverter.UInt16BitsToHalf((ushort)bits) * ((groupScale * 2) + 1);
        return scale * (Weight(Grids1.Rows[row], i, 8, Grids1.Weights) + (high >= 8 ? -0.125f : 0.125f));
    }

    private static int Weight(ushort row, int element, int rowLength, ReadOnlySpan<sbyte> weights)
    {
        int bits = rowLength == 8 ? 2 : 3;
        return weights[(row >> (element % rowLength * bits)) % (1 << bits)];
    }

    private static int WithParity(int seven)
    {
        int negative = Enumerable.Range(0, 7).Count(bit => (seven >> bit) % 2 == 1);
        return seven + (negative % 2 * 128);
    }

    private static float Sign(int signs, int element) => (signs >> (element % 8)) % 2 == 1 ? -1 : 1;

    private static uint Signs(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static int Nibble(ReadOnlySpan<byte> bytes, int index) => (bytes[index / 2] >> (index % 2 * 4)) % 16;

    private static float Half(ReadOnlySpan<byte> bytes, int offset) => (float)BitConverter.ToHalf(bytes[offset..]);

    private static int U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);
}
