using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>
/// SentencePiece's compiled character map: a double-array trie over UTF-8 bytes whose values point into a text of replacements.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    // Whole grapheme clusters are looked up only up to this many bytes, as in the reference.
    private const int MaxClusterBytes = 5;
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledNormalizer(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    /// <exception cref="FormatException">The map is malformed.</exception>
    public static PrecompiledNormalizer Read(byte[] map)
    {
        if (map.Length < 4)
        {
            throw new FormatException("a map of less than 4 bytes");
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (size > map.Length - 4 || size % 4 != 0 || size == 0)
        {
            throw new FormatException($"a trie of {size} bytes in a map of {map.Length} bytes");
        }

        uint[] units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(4 + (4 * i)));
        }

        return new PrecompiledNormalizer(units, map[(4 + (int)size)..]);
    }

    public override AlignedText Normalize(AlignedText text)
    {
        List<CodePointChange> changes = new(text.Text.Length);
        bool changed = false;
        for (int i = 0; i < text.Text.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(text.Text, i);
            ReadOnlySpan<char> cluster = text.Text.AsSpan(i, length);
            if (Encoding.UTF8.GetByteCount(cluster) <= MaxClusterBytes && Find(cluster) is string replacement)
            {
                Replace(text, cluster, replacement, changes);
                changed = true;
            }
            else
            {
                changed |= ReplaceEach(text, cluster, changes);
            }

            i += length;
        }

        return changed ? text.Rewrite(changes) : text;
    }

    private bool ReplaceEach(AlignedText text, ReadOnlySpan<char> cluster, List<CodePointChange> changes)
    {
        bool changed = false;
        int units;
        for (int i = 0; i < cluster.Length; i += units)
        {
            int codePoint = CodePoints.At(cluster, i);
            units = CodePoints.Units(codePoint);
            if (Find(cluster.Slice(i, units)) is string replacement)
            {
                Replace(text, cluster.Slice(i, units), replacement, changes);
                changed = true;
            }
            else
            {
                changes.Add(new CodePointChange(codePoint, 0));
            }
        }

        return changed;
    }

    private static void Replace(AlignedText text, ReadOnlySpan<char> old, string replacement, List<CodePointChange> changes)
    {
        text.Growth.Check((long)changes.Count + CodePoints.Count(replacement), text.Text.Length);
        int oldCount = 0;
        foreach (Rune _ in old.EnumerateRunes())
        {
            oldCount++;
        }

        List<Rune> runes = [.. replacement.EnumerateRunes()];
        for (int i = 0; i < runes.Count; i++)
        {
            changes.Add(new CodePointChange(runes[i].Value, i < oldCount ? 0 : 1));
        }

        if (runes.Count < oldCount && changes.Count > 0)
        {
            changes[^1] = changes[^1] with { Change = changes[^1].Change + runes.Count - oldCount };
        }
    }

    // The value of the shortest prefix that has one.
    private string? Find(ReadOnlySpan<char> text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToArray());
        uint position = OffsetOf(UnitAt(0));
        foreach (byte value in bytes)
        {
            if (value == 0)
            {
                return null;
            }

            position ^= value;
            uint unit = UnitAt(position);
            if ((unit & 0x8000_00FF) != value)
            {
                return null;
            }

            position ^= OffsetOf(unit);
            if ((unit & 0x100) != 0)
            {
                return ReplacementAt(UnitAt(position) & 0x7FFF_FFFF);
            }
        }

        return null;
    }

    private uint UnitAt(uint position) => position < _units.Length ? _units[position] : 0;

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private string? ReplacementAt(uint start)
    {
        if (start >= _replacements.Length)
        {
            return null;
        }

        int end = Array.IndexOf(_replacements, (byte)0, (int)start);
        return Encoding.UTF8.GetString(_replacements.AsSpan((int)start..(end < 0 ? _replacements.Length : end)));
    }
}
