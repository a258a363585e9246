using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Text.Tests.Tokenization;

namespace ALoRA.Onnx.Text.Tests.Constraints;

/// <summary>A byte-level vocabulary with all bytes, pieces that JSON is written with, and parts of characters.</summary>
internal static class ByteVocabulary
{
    private static readonly string[] Pieces =
    [
        "{\"", "\": ", "\":", ", \"", "\", \"", "\"}", "\"]", "[\"", " \"", "},", "}, {\"", "]}", "\"a", "a\"", "\\n", "\\u00", "\\\"",
        "ab", "abc", "true", "false", "null", "10", "12", "-1", "0.", ".5", "e1",
        "na", "name", "name\": ", "é", "日本", " the", "  ", "\n\n", "\t\"", "😀", "7\"}", "\"7", "x\", \"y", "aaaaaaaa", "[[", "]]", "{}",
        "[]", "[1, 2", ", 3]",
    ];

    /// <summary>Id of the only special token, which ends texts.</summary>
    public static int Stop { get; } = 256 + Pieces.Length + 1;

    public static int Size { get; } = Stop + 3;

    public static HfTokenizer Tokenizer { get; } = Create();

    public static ConstraintVocabulary Instance { get; } = new(Tokenizer, Size);

    private static HfTokenizer Create()
    {
        char[] letters = Letters();
        Dictionary<string, int> vocabulary = [];
        for (int value = 0; value < 256; value++)
        {
            vocabulary.Add(letters[value].ToString(), value);
        }

        // The last piece is the first half of a character.
        foreach (byte[] piece in Pieces.Select(Encoding.UTF8.GetBytes).Append([0xF0, 0x9F]))
        {
            vocabulary.Add(string.Concat(piece.Select(value => letters[value])), vocabulary.Count);
        }

        string model = $$"""{ "type": "BPE", "unk_token": null, "ignore_merges": true, "vocab": """
            + $$"""{{JsonSerializer.Serialize(vocabulary)}}, "merges": [] }""";
        return TinyTokenizer.Create(model, addedTokens: $"[{TinyTokenizer.AddedToken(Stop, "<|end|>", "special")}]");
    }

    // GPT-2's characters for bytes.
    private static char[] Letters()
    {
        char[] letters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            letters[value] = (char)(value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? value : next++);
        }

        return letters;
    }
}
