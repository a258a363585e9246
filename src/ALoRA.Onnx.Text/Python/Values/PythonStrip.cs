using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>strip</c>, <c>lstrip</c> and <c>rstrip</c>; without characters, white space is stripped.</summary>
internal static class PythonStrip
{
    public static string Strip(string text, string? characters) => Right(Left(text, characters), characters);

    public static string Left(string text, string? characters)
    {
        int start = 0;
        while (start < text.Length)
        {
            int length = CodePoints.LengthAt(text, start);
            if (!Matches(text.AsSpan(start, length), characters))
            {
                break;
            }

            start += length;
        }

        return text[start..];
    }

    public static string Right(string text, string? characters)
    {
        int end = text.Length;
        while (end > 0)
        {
            int length = CodePoints.LengthBefore(text, end);
            if (!Matches(text.AsSpan(end - length, length), characters))
            {
                break;
            }

            end -= length;
        }

        return text[..end];
    }

    private static bool Matches(ReadOnlySpan<char> scalar, string? characters)
    {
        if (characters is null)
        {
            return scalar.Length == 1 && CharacterClass.IsSpace(scalar[0]);
        }

        // A lone half of a pair must not match inside a pair: only whole code points count.
        int found = characters.AsSpan().IndexOf(scalar);
        return found >= 0 && (scalar.Length == 2 || !char.IsSurrogate(scalar[0]));
    }
}
