using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>The pieces between which a line may be wrapped: words, white space, hyphenated parts and dashes.</summary>
internal static partial class WordChunks
{
    public static List<ReadOnlyMemory<char>> Split(string line, bool breaksHyphens)
    {
        List<ReadOnlyMemory<char>> chunks = [];
        int start = 0;
        foreach (ValueMatch match in (breaksHyphens ? WithHyphens() : WhiteSpace()).EnumerateMatches(line))
        {
            if (match.Index > start)
            {
                chunks.Add(line.AsMemory(start..match.Index));
            }

            if (match.Length > 0)
            {
                chunks.Add(line.AsMemory(match.Index, match.Length));
            }

            start = match.Index + match.Length;
        }

        if (start < line.Length)
        {
            chunks.Add(line.AsMemory(start));
        }

        return chunks;
    }

    [GeneratedRegex(@"[\t\n\v\f\r ]+")]
    private static partial Regex WhiteSpace();

    // White space; or a dash of two or more hyphens between word characters; or a word up to a hyphen between letters, a dash, or its end.
    [GeneratedRegex(
        """
        [\t\n\v\f\r\x20]+
        | (?<=[\w!"'&.,?]) -{2,} (?=\w)
        | [^\t\n\v\f\r\x20]+?
          (?: -(?: (?<=[^\d\W]{2}-) | (?<=[^\d\W]-[^\d\W]-)) (?= [^\d\W] -? [^\d\W])
          | (?=[\t\n\v\f\r\x20]|\z)
          | (?<=[\w!"'&.,?]) (?=-{2,}\w))
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex WithHyphens();
}
