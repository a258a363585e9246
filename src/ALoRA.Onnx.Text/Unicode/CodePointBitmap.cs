using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Unicode;

/// <summary>A <see cref="CodePointSet"/> laid out for membership tests in a matcher's inner loop.</summary>
internal sealed class CodePointBitmap
{
    private const int SmallRangeCount = 4;
    private readonly CodePointSet _set;
    private readonly ulong _low;
    private readonly ulong _high;
    private readonly ulong[]? _basicPlane;

    public CodePointBitmap(CodePointSet set)
    {
        _set = set;
        for (int codePoint = 0; codePoint < 64; codePoint++)
        {
            _low |= set.Contains(codePoint) ? 1UL << codePoint : 0;
            _high |= set.Contains(codePoint + 64) ? 1UL << codePoint : 0;
        }

        _basicPlane = set.RangeCount > SmallRangeCount ? BasicPlaneOf(set) : null;
    }

    public CodePointSet Set => _set;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int codePoint)
    {
        if (codePoint < 128)
        {
            return (((codePoint < 64 ? _low : _high) >> (codePoint & 63)) & 1) != 0;
        }

        return _basicPlane is not null && codePoint < 0x10000
            ? ((_basicPlane[codePoint >> 6] >> (codePoint & 63)) & 1) != 0
            : _set.Contains(codePoint);
    }

    private static ulong[] BasicPlaneOf(CodePointSet set)
    {
        ulong[] bits = new ulong[0x10000 / 64];
        foreach ((int first, int last) in set.Ranges())
        {
            for (int codePoint = first; codePoint <= Math.Min(last, 0xFFFF); codePoint++)
            {
                bits[codePoint >> 6] |= 1UL << (codePoint & 63);
            }
        }

        return bits;
    }
}
