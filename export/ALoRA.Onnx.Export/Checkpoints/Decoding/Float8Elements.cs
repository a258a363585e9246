namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>8-bit floats of the OCP FP8 specification.</summary>
internal static class Float8Elements
{
    public static void DecodeE4M3(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            values[i] = FromE4M3(blocks[i]);
        }
    }

    public static void DecodeE5M2(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        // The upper byte of a binary16 has this layout, infinities and NaN included.
        for (int i = 0; i < blocks.Length; i++)
        {
            values[i] = (float)BitConverter.UInt16BitsToHalf((ushort)(blocks[i] << 8));
        }
    }

    /// <summary>
    /// Half of an E4M3 number without sign, as GGUF's scales have it: NaN is 0, and the unused upper bit makes it the next number, 480.
    /// </summary>
    public static float HalfOfUnsignedE4M3(byte bits) => bits switch
    {
        0x7F => 0,
        0xFF => 240,
        _ => FromE4M3((byte)(bits & 0x7F)) * 0.5f,
    };

    private static float FromE4M3(byte bits)
    {
        int exponent = (bits >> 3) & 0xF;
        int mantissa = bits & 7;
        float magnitude = (exponent, mantissa) switch
        {
            (15, 7) => float.NaN,
            (0, _) => MathF.ScaleB(mantissa, -9),
            _ => MathF.ScaleB(8 + mantissa, exponent - 10),
        };
        return (bits & 0x80) != 0 ? -magnitude : magnitude;
    }
}
