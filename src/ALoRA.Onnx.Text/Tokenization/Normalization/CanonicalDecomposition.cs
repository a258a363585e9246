using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Decomposes a text and puts combining marks into canonical order.</summary>
internal static class CanonicalDecomposition
{
    /// <summary>
    /// A decomposed code point takes the place of the composed one, and its marks
    /// share that place; marks keep this when they are reordered.
    /// </summary>
    public static List<CodePointChange> Decompose(AlignedText source, bool compatibility)
    {
        string text = source.Text;
        UnicodeTables tables = UnicodeTables.Instance;
        List<CodePointChange> changes = new(text.Length + 16);
        int units;
        for (int i = 0; i < text.Length; i += units)
        {
            int codePoint = CodePoints.At(text, i);
            units = CodePoints.Units(codePoint);
            Append(codePoint, compatibility, tables, changes);
            source.Growth.Check(changes.Count, text.Length);
        }

        Reorder(changes, tables);
        return changes;
    }

    private static void Append(int codePoint, bool compatibility, UnicodeTables tables, List<CodePointChange> changes)
    {
        if (Hangul.IsSyllable(codePoint))
        {
            (int lead, int vowel, int tail) = Hangul.Decompose(codePoint);
            changes.Add(new CodePointChange(lead, 0));
            changes.Add(new CodePointChange(vowel, 1));
            if (tail >= 0)
            {
                changes.Add(new CodePointChange(tail, 1));
            }
        }
        else if (codePoint >= 0xA0
            && ((compatibility && tables.CompatibilityDecompositions.TryGetValue(codePoint, out int[]? parts))
                || tables.CanonicalDecompositions.TryGetValue(codePoint, out parts)))
        {
            for (int i = 0; i < parts.Length; i++)
            {
                changes.Add(new CodePointChange(parts[i], i == 0 ? 0 : 1));
            }
        }
        else
        {
            changes.Add(new CodePointChange(codePoint, 0));
        }
    }

    // A stable sort of each run of marks by combining class.
    private static void Reorder(List<CodePointChange> changes, UnicodeTables tables)
    {
        for (int start = 0; start < changes.Count; start++)
        {
            if (ClassOf(changes[start], tables) == 0)
            {
                continue;
            }

            int end = start + 1;
            while (end < changes.Count && ClassOf(changes[end], tables) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                List<CodePointChange> sorted = [.. changes.GetRange(start, end - start).OrderBy(change => ClassOf(change, tables))];
                for (int i = 0; i < sorted.Count; i++)
                {
                    changes[start + i] = sorted[i];
                }
            }

            start = end;
        }
    }

    private static int ClassOf(CodePointChange change, UnicodeTables tables) =>
        change.CodePoint < 0x300 ? 0 : tables.CombiningClasses.GetValueOrDefault(change.CodePoint);
}
