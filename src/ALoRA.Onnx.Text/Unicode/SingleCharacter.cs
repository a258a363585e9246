namespace ALoRA.Onnx.Unicode;

/// <summary>Shared one-character strings of ASCII, the common result of iterating and indexing text.</summary>
internal static class SingleCharacter
{
    private static readonly string[] Ascii = [.. Enumerable.Range(0, 128).Select(c => ((char)c).ToString())];

    public static string Of(char c) => c < Ascii.Length ? Ascii[c] : c.ToString();
}
