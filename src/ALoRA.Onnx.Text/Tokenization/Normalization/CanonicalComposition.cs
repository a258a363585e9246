using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Composes a decomposed text (Unicode Standard Annex 15), joining the places of what is composed.</summary>
internal static class CanonicalComposition
{
    public static List<CodePointChange> Compose(List<CodePointChange> decomposed)
    {
        UnicodeTables tables = UnicodeTables.Instance;
        List<CodePointChange> composed = new(decomposed.Count);
        int starter = -1;
        int lastClass = -1;
        foreach (CodePointChange change in decomposed)
        {
            int combiningClass = change.CodePoint < 0x300 ? 0 : tables.CombiningClasses.GetValueOrDefault(change.CodePoint);

            // Only a mark of a lower class leaves the way to the starter free; right behind it a starter composes too (Hangul).
            if (starter >= 0
                && lastClass < combiningClass
                && TryCompose(composed[starter].CodePoint, change.CodePoint, tables, out int result))
            {
                composed[starter] = new CodePointChange(result, composed[starter].Change + change.Change - 1);
                continue;
            }

            if (combiningClass == 0)
            {
                starter = composed.Count;
                lastClass = -1;
            }
            else
            {
                lastClass = combiningClass;
            }

            composed.Add(change);
        }

        return composed;
    }

    private static bool TryCompose(int first, int second, UnicodeTables tables, out int result)
    {
        result = Hangul.Compose(first, second);
        return result >= 0 || tables.Compositions.TryGetValue((first, second), out result);
    }
}
