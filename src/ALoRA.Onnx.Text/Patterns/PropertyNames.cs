using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>The names inside <c>\p{…}</c> and <c>[:…:]</c>.</summary>
internal static class PropertyNames
{
    private static readonly Dictionary<string, string> LongCategories = new(StringComparer.Ordinal)
    {
        ["LETTER"] = "L",
        ["CASEDLETTER"] = "LC",
        ["UPPERCASELETTER"] = "Lu",
        ["LOWERCASELETTER"] = "Ll",
        ["TITLECASELETTER"] = "Lt",
        ["MODIFIERLETTER"] = "Lm",
        ["OTHERLETTER"] = "Lo",
        ["MARK"] = "M",
        ["COMBININGMARK"] = "M",
        ["NONSPACINGMARK"] = "Mn",
        ["SPACINGMARK"] = "Mc",
        ["ENCLOSINGMARK"] = "Me",
        ["NUMBER"] = "N",
        ["DECIMALNUMBER"] = "Nd",
        ["LETTERNUMBER"] = "Nl",
        ["OTHERNUMBER"] = "No",
        ["PUNCTUATION"] = "P",
        ["CONNECTORPUNCTUATION"] = "Pc",
        ["DASHPUNCTUATION"] = "Pd",
        ["OPENPUNCTUATION"] = "Ps",
        ["CLOSEPUNCTUATION"] = "Pe",
        ["INITIALPUNCTUATION"] = "Pi",
        ["FINALPUNCTUATION"] = "Pf",
        ["OTHERPUNCTUATION"] = "Po",
        ["SYMBOL"] = "S",
        ["MATHSYMBOL"] = "Sm",
        ["CURRENCYSYMBOL"] = "Sc",
        ["MODIFIERSYMBOL"] = "Sk",
        ["OTHERSYMBOL"] = "So",
        ["SEPARATOR"] = "Z",
        ["SPACESEPARATOR"] = "Zs",
        ["LINESEPARATOR"] = "Zl",
        ["PARAGRAPHSEPARATOR"] = "Zp",
        ["OTHER"] = "C",
        ["CONTROL"] = "Cc",
        ["FORMAT"] = "Cf",
        ["SURROGATE"] = "Cs",
        ["PRIVATEUSE"] = "Co",
        ["UNASSIGNED"] = "Cn",
    };

    private static readonly HashSet<string> ShortCategories = new(StringComparer.Ordinal)
    {
        "L", "LC", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So",
        "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn",
    };

    /// <summary>The set of a property: POSIX class, general category, script or derived property; null if the name is unknown.</summary>
    public static CodePointSet? Find(string name)
    {
        string key = Normalize(name);
        if (FindPosix(key) is CodePointSet posix)
        {
            return posix;
        }

        string? category = LongCategories.GetValueOrDefault(key)
            ?? ShortCategories.FirstOrDefault(candidate => string.Equals(candidate, key, StringComparison.OrdinalIgnoreCase));
        if (category is not null)
        {
            return UnicodeProperties.Category(category);
        }

        UnicodeTables tables = UnicodeTables.Instance;
        return key switch
        {
            "ANY" => CodePointSet.All,
            "ASSIGNED" => UnicodeProperties.Category("Cn").Complement(),
            "ALPHABETIC" => UnicodeProperties.Alphabetic,
            "UPPERCASE" => Uppercase(tables),
            "LOWERCASE" => Lowercase(tables),
            "WHITESPACE" => UnicodeProperties.WhiteSpace,
            "EMOJI" => tables.Properties["Emoji"],
            "EXTENDEDPICTOGRAPHIC" => tables.Properties["Extended_Pictographic"],
            _ => tables.Scripts.FirstOrDefault(script => Normalize(script.Key) == key).Value,
        };
    }

    /// <summary>The set of a POSIX bracket such as <c>alpha</c>; null if there is none of the name.</summary>
    public static CodePointSet? FindPosix(string name) => Normalize(name) switch
    {
        "ALNUM" => CodePointSet.Union(UnicodeProperties.Alphabetic, UnicodeProperties.Category("Nd")),
        "ALPHA" => UnicodeProperties.Alphabetic,
        "ASCII" => CodePointSet.Range(0, 0x7F),
        "BLANK" => CodePointSet.Union(UnicodeProperties.Category("Zs"), CodePointSet.Of('\t')),
        "CNTRL" => UnicodeProperties.Category("Cc"),
        "DIGIT" => UnicodeProperties.Category("Nd"),
        "GRAPH" => Graph(),
        "LOWER" => Lowercase(UnicodeTables.Instance),
        "PRINT" => CodePointSet.Union(Graph(), UnicodeProperties.Category("Zs")),
        "PUNCT" => CodePointSet.Union(
            [.. UnicodeProperties.Category("P").Ranges(), .. "$+<=>^`|~".Select(symbol => ((int)symbol, (int)symbol))]),
        "SPACE" => UnicodeProperties.WhiteSpace,
        "UPPER" => Uppercase(UnicodeTables.Instance),
        "XDIGIT" => HexDigits,
        "WORD" => UnicodeProperties.Word,
        _ => null,
    };

    public static CodePointSet HexDigits { get; } = CodePointSet.Union([('0', '9'), ('A', 'F'), ('a', 'f')]);

    private static CodePointSet Graph() =>
        UnicodeProperties.WhiteSpace.Complement()
            .Except(UnicodeProperties.Category("Cc"))
            .Except(UnicodeProperties.Category("Cn"))
            .Except(UnicodeProperties.Category("Cs"));

    private static CodePointSet Uppercase(UnicodeTables tables) =>
        CodePointSet.Union(UnicodeProperties.Category("Lu"), tables.Properties["Other_Uppercase"]);

    private static CodePointSet Lowercase(UnicodeTables tables) =>
        CodePointSet.Union(UnicodeProperties.Category("Ll"), tables.Properties["Other_Lowercase"]);

    private static string Normalize(string name)
    {
        StringBuilder key = new(name.Length);
        foreach (char character in name)
        {
            if (character is not (' ' or '_' or '-'))
            {
                key.Append(char.ToUpperInvariant(character));
            }
        }

        return key.ToString();
    }
}
