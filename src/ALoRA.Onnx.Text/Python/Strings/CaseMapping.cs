using System.Collections.Frozen;
using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>
/// Full case mapping of single code points by Unicode's SpecialCasing, as Python's <c>str</c> uses it; .NET maps one unit to one unit only.
/// </summary>
internal static class CaseMapping
{
    // U+1F80..1FAF follow a pattern and are computed; these are the others whose capital takes more than one code point.
    private static readonly FrozenDictionary<int, string> LongCapitals = Table(
        "\u00DFSS|\u0149\u02BCN|\u01F0J\u030C|\u0390\u0399\u0308\u0301|\u03B0\u03A5\u0308\u0301|\u0587\u0535\u0552|\u1E96H\u0331"
        + "|\u1E97T\u0308|\u1E98W\u030A|\u1E99Y\u030A|\u1E9AA\u02BE|\u1F50\u03A5\u0313|\u1F52\u03A5\u0313\u0300"
        + "|\u1F54\u03A5\u0313\u0301|\u1F56\u03A5\u0313\u0342|\u1FB2\u1FBA\u0399|\u1FB3\u0391\u0399|\u1FB4\u0386\u0399"
        + "|\u1FB6\u0391\u0342|\u1FB7\u0391\u0342\u0399|\u1FBC\u0391\u0399|\u1FC2\u1FCA\u0399|\u1FC3\u0397\u0399|\u1FC4\u0389\u0399"
        + "|\u1FC6\u0397\u0342|\u1FC7\u0397\u0342\u0399|\u1FCC\u0397\u0399|\u1FD2\u0399\u0308\u0300|\u1FD3\u0399\u0308\u0301"
        + "|\u1FD6\u0399\u0342|\u1FD7\u0399\u0308\u0342|\u1FE2\u03A5\u0308\u0300|\u1FE3\u03A5\u0308\u0301|\u1FE4\u03A1\u0313"
        + "|\u1FE6\u03A5\u0342|\u1FE7\u03A5\u0308\u0342|\u1FF2\u1FFA\u0399|\u1FF3\u03A9\u0399|\u1FF4\u038F\u0399|\u1FF6\u03A9\u0342"
        + "|\u1FF7\u03A9\u0342\u0399|\u1FFC\u03A9\u0399|\uFB00FF|\uFB01FI|\uFB02FL|\uFB03FFI|\uFB04FFL|\uFB05ST|\uFB06ST"
        + "|\uFB13\u0544\u0546|\uFB14\u0544\u0535|\uFB15\u0544\u053B|\uFB16\u054E\u0546|\uFB17\u0544\u053D");

    public static string Upper(int c) => c switch
    {
        < 0x80 => SingleCharacter.Of(char.ToUpperInvariant((char)c)),
        // .NET's invariant mapping leaves these two alone, as mapping them to ASCII does not round-trip.
        'ı' => "I",
        'ſ' => "S",
        >= 0x1F80 and <= 0x1FAF => $"{(char)((c < 0x1F90 ? 0x1F08 : c < 0x1FA0 ? 0x1F28 : 0x1F68) + (c & 7))}\u0399",
        _ => LongCapitals.TryGetValue(c, out string? capitals) ? capitals : Simple(c, Rune.ToUpperInvariant),
    };

    public static string Lower(int c) => c switch
    {
        < 0x80 => SingleCharacter.Of(char.ToLowerInvariant((char)c)),
        'İ' => "i\u0307",
        _ => Simple(c, Rune.ToLowerInvariant),
    };

    public static string Title(int c)
    {
        switch (c)
        {
            case >= 0x1C4 and <= 0x1CC or >= 0x1F1 and <= 0x1F3:
                int first = c >= 0x1F1 ? 0x1F2 : c <= 0x1C6 ? 0x1C5 : c <= 0x1C9 ? 0x1C8 : 0x1CB;
                return ((char)first).ToString();
            case >= 0x10D0 and <= 0x10FF:
                return ((char)c).ToString();
            case >= 0x1F80 and <= 0x1FAF:
                return ((char)(c | 8)).ToString();
            case 0x1FB3 or 0x1FC3 or 0x1FF3:
                return ((char)(c + 9)).ToString();
            case 0x1FBC or 0x1FCC or 0x1FFC:
                return ((char)c).ToString();
            case 0x149:
                return LongCapitals[c];
        }

        string upper = Upper(c);
        if (!LongCapitals.ContainsKey(c))
        {
            return upper;
        }

        return c >= 0x1FB2 && upper[^1] == '\u0399' ? upper[..^1] + '\u0345' : upper[..1] + upper[1..].ToLowerInvariant();
    }

    /// <summary>The caseless form that <c>str.casefold</c> gives.</summary>
    public static string Fold(int c) => c switch
    {
        0x1E9E => "ss",
        'İ' => "i\u0307",
        'ı' => "ı",
        >= 0x13A0 and <= 0x13FD or >= 0xAB70 and <= 0xABBF => Upper(c),
        _ => LowerAll(Upper(c)),
    };

    private static string LowerAll(string text)
    {
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i += CodePoints.LengthAt(text, i))
        {
            result.Append(Lower(CodePoints.At(text, i)));
        }

        return result.ToString();
    }

    private static string Simple(int c, Func<Rune, Rune> map) => Rune.IsValid(c) ? map(new Rune(c)).ToString() : ((char)c).ToString();

    private static FrozenDictionary<int, string> Table(string pairs) =>
        pairs.Split('|').ToFrozenDictionary(pair => (int)pair[0], pair => pair[1..]);
}
