namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>The escapes that JSON strings need; everything else stands for itself.</summary>
internal static class StringEscapes
{
    /// <summary>Characters with an escape of two characters, and its second one.</summary>
    public static IReadOnlyList<(char Character, char Letter)> Short { get; } =
        [('"', '"'), ('\\', '\\'), ('\b', 'b'), ('\f', 'f'), ('\n', 'n'), ('\r', 'r'), ('\t', 't')];

    /// <summary>The shortest escape of a character; null if it needs none.</summary>
    public static string? Of(int character)
    {
        foreach ((char escaped, char letter) in Short)
        {
            if (escaped == character)
            {
                return $"\\{letter}";
            }
        }

        return character < ' ' ? $"\\u{character:x4}" : null;
    }
}
