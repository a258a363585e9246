using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Intrinsics.Sentences;

/// <summary>Which token of a context ends a sentence: Punkt's two passes, as far as they remain without trained parameters.</summary>
internal static class BreakRules
{
    /// <summary>Whether any token but the last one is a break.</summary>
    public static bool ContainsBreak(string context)
    {
        List<string> tokens = WordTokens.Of(context);
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            if (IsBreak(tokens[i]) && !IsContinued(tokens[i], tokens[i + 1]))
            {
                return true;
            }
        }

        return false;
    }

    // First pass: single marks and words that end in one dot.
    private static bool IsBreak(string token) =>
        token is "." or "?" or "!" || (token.EndsWith('.') && !token.EndsWith("..", StringComparison.Ordinal));

    // Second pass: initials before letters or marks, and numbers before small letters or marks.
    private static bool IsContinued(string token, string next)
    {
        bool isInitial = IsInitial(token);
        if (!token.EndsWith('.') || (!isInitial && !IsNumber(token)))
        {
            return false;
        }

        int first = CodePoints.At(next, 0);
        return next is ";" or ":" or "," or "." or "!" or "?" || TextCase.IsLower(first) || (isInitial && TextCase.IsUpper(first));
    }

    private static bool IsInitial(string token)
    {
        int length = CodePoints.LengthAt(token, 0);
        int letter = CodePoints.At(token, 0);
        return token.Length == length + 1 && token[^1] == '.' && CharacterClass.IsWord(letter) && !CharacterClass.IsDecimal(letter);
    }

    // -?[.,]?\d[\d,.-]*
    private static bool IsNumber(string token)
    {
        int i = token.StartsWith('-') ? 1 : 0;
        i += i < token.Length && token[i] is '.' or ',' ? 1 : 0;
        if (i >= token.Length || !CharacterClass.IsDecimal(CodePoints.At(token, i)))
        {
            return false;
        }

        for (; i < token.Length; i += CodePoints.LengthAt(token, i))
        {
            if (token[i] is not (',' or '.' or '-') && !CharacterClass.IsDecimal(CodePoints.At(token, i)))
            {
                return false;
            }
        }

        return true;
    }
}
