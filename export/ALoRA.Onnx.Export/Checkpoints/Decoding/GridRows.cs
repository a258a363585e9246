namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>Unpacks grids to rows of signed bytes, the first element lowest.</summary>
internal static class GridRows
{
    /// <summary>Rows of eight digits of two bits, each element times <paramref name="factor"/>.</summary>
    public static ulong[] OfEight(ReadOnlySpan<ushort> rows, ReadOnlySpan<sbyte> weights, int factor = 1)
    {
        ulong[] unpacked = new ulong[rows.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int element = 0; element < 8; element++)
            {
                int value = weights[(rows[row] >> (element * 2)) & 3] * factor;
                unpacked[row] |= (ulong)(byte)value << (element * 8);
            }
        }

        return unpacked;
    }

    /// <summary>Rows of four digits of three bits.</summary>
    public static uint[] OfFour(ReadOnlySpan<ushort> rows, ReadOnlySpan<sbyte> weights)
    {
        uint[] unpacked = new uint[rows.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int element = 0; element < 4; element++)
            {
                unpacked[row] |= (uint)(byte)weights[(rows[row] >> (element * 3)) & 7] << (element * 8);
            }
        }

        return unpacked;
    }
}
