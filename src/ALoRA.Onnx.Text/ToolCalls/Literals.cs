namespace ALoRA.Onnx.ToolCalls;

/// <summary>Words and numbers of JSON and of Python.</summary>
internal static class Literals
{
    /// <summary>A word or number as JSON; null if it is none.</summary>
    public static string? ToJson(string word, bool isPython) => word switch
    {
        "true" or "false" or "null" => word,
        "True" when isPython => "true",
        "False" when isPython => "false",
        "None" when isPython => "null",
        _ => IsNumber(word) ? word : null,
    };

    /// <summary>Whether a word may name an argument.</summary>
    public static bool IsName(string word) =>
        word.Length > 0 && !char.IsDigit(word[0]) && word.All(c => char.IsLetterOrDigit(c) || c == '_');

    // -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
    private static bool IsNumber(string word)
    {
        int at = word.StartsWith('-') ? 1 : 0;
        int whole = Digits(word, at);
        if (whole == 0 || (whole > 1 && word[at] == '0'))
        {
            return false;
        }

        at += whole;
        if (at < word.Length && word[at] == '.')
        {
            int fraction = Digits(word, at + 1);
            if (fraction == 0)
            {
                return false;
            }

            at += 1 + fraction;
        }

        if (at < word.Length && word[at] is 'e' or 'E')
        {
            at += at + 1 < word.Length && word[at + 1] is '+' or '-' ? 2 : 1;
            int exponent = Digits(word, at);
            return exponent > 0 && at + exponent == word.Length;
        }

        return at == word.Length;
    }

    private static int Digits(string word, int from)
    {
        int at = from;
        while (at < word.Length && char.IsAsciiDigit(word[at]))
        {
            at++;
        }

        return at - from;
    }
}
