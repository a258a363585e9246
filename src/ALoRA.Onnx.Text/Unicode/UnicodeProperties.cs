using System.Globalization;

namespace ALoRA.Onnx.Unicode;

/// <summary>Sets of code points by general category and derived property.</summary>
internal static class UnicodeProperties
{
    private static readonly Lazy<CodePointSet[]> ByCategory = new(ReadCategories);
    private static readonly Lazy<CodePointSet> AlphabeticSet = new(() =>
        CodePointSet.Union(Category("L"), Category("Nl"), UnicodeTables.Instance.Properties["Other_Alphabetic"]).Except(Category("Cn")));
    private static readonly Lazy<CodePointSet> WordSet = new(() =>
        CodePointSet.Union(Alphabetic, Category("M"), Category("Nd"), Category("Pc")));

    // In the order of UnicodeCategory.
    private static readonly string[] ShortNames =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
        "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    public static CodePointSet Alphabetic => AlphabeticSet.Value;

    /// <summary>Alphabetic, M, Nd and Pc: what <c>\w</c> matches in Oniguruma.</summary>
    public static CodePointSet Word => WordSet.Value;

    public static CodePointSet WhiteSpace { get; } =
        CodePointSet.Union(Enumerable.Range(0, char.MaxValue).Where(CharacterClass.IsWhiteSpace).Select(c => (c, c)));

    /// <summary>The set of a general category by its one- or two-letter name, or of the cased letters (LC).</summary>
    public static CodePointSet Category(string name)
    {
        if (name == "LC")
        {
            return CodePointSet.Union(Category("Lu"), Category("Ll"), Category("Lt"));
        }

        List<CodePointSet> members = [];
        for (int i = 0; i < ShortNames.Length; i++)
        {
            if (ShortNames[i].StartsWith(name, StringComparison.Ordinal))
            {
                members.Add(ByCategory.Value[i]);
            }
        }

        return CodePointSet.Union([.. members]);
    }

    private static CodePointSet[] ReadCategories()
    {
        List<(int, int)>[] ranges = new List<(int, int)>[ShortNames.Length];
        for (int i = 0; i < ranges.Length; i++)
        {
            ranges[i] = [];
        }

        int first = 0;
        UnicodeCategory current = CharUnicodeInfo.GetUnicodeCategory(0);
        for (int codePoint = 1; codePoint <= CodePointSet.Limit; codePoint++)
        {
            UnicodeCategory? category = codePoint < CodePointSet.Limit ? CharUnicodeInfo.GetUnicodeCategory(codePoint) : null;
            if (category != current)
            {
                ranges[(int)current].Add((first, codePoint - 1));
                first = codePoint;
                current = category ?? current;
            }
        }

        return [.. ranges.Select(CodePointSet.Union)];
    }
}
