using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>Python's <c>str.is…</c> methods.</summary>
internal static class TextPredicates
{
    public static bool All(string text, Func<int, bool> test) => text.Length > 0 && Scalars(text).All(test);

    /// <summary><c>isupper</c> and <c>islower</c>: at least one cased character, and none of the other case.</summary>
    public static bool IsCase(string text, Func<int, bool> wanted) => Scalars(text).Any(TextCase.IsCased)
        && Scalars(text).All(c => !TextCase.IsCased(c) || wanted(c));

    public static bool IsTitle(string text)
    {
        bool afterCased = false;
        bool found = false;
        foreach (int c in Scalars(text))
        {
            bool cased = TextCase.IsCased(c);
            if (cased && afterCased == !TextCase.IsLower(c))
            {
                return false;
            }

            found |= cased;
            afterCased = cased;
        }

        return found;
    }

    public static bool IsIdentifier(string text) =>
        text.Length > 0 && CharacterClass.IsIdentifierStart(CodePoints.At(text, 0)) && Scalars(text).All(CharacterClass.IsIdentifierPart);

    public static IEnumerable<int> Scalars(string text)
    {
        for (int i = 0; i < text.Length; i += CodePoints.LengthAt(text, i))
        {
            yield return CodePoints.At(text, i);
        }
    }
}
