using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Text.Tests.Tokenization;

namespace ALoRA.Onnx.Text.Tests.Untrusted;

/// <summary>A tokenizer of single bytes in which all that looks like a mark in a template is an added token.</summary>
internal static partial class TemplateMarks
{
    /// <summary>The marks that a template and its special tokens spell out.</summary>
    public static string[] Of(string template, IEnumerable<string> more) =>
        [.. Mark().Matches(template).Select(match => match.Value).Concat(more).Where(text => text.Length > 1)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Every byte is a token, and so is each mark; every other one of them is marked special.</summary>
    public static HfTokenizer Tokenizer(IReadOnlyList<string> marks)
    {
        JsonObject vocabulary = [];
        foreach (char character in ByteCharacters())
        {
            vocabulary[character.ToString()] = vocabulary.Count;
        }

        IEnumerable<string> tokens = marks.Select((mark, i) =>
            TinyTokenizer.AddedToken(vocabulary.Count + i, JsonEncodedText.Encode(mark).ToString(), i % 2 == 0 ? ["special"] : []));
        return TinyTokenizer.Create(
            model: $$"""{ "type": "BPE", "unk_token": null, "vocab": {{vocabulary.ToJsonString()}}, "merges": [] }""",
            addedTokens: $"[{string.Join(", ", tokens)}]");
    }

    private static IEnumerable<char> ByteCharacters()
    {
        int shifted = 256;
        for (int i = 0; i < 256; i++)
        {
            yield return i is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? (char)i : (char)shifted++;
        }
    }

    [GeneratedRegex(@"</?[|｜]?[\w▁:-]+[|｜]?/?>|<[|｜][\w▁/-]+>|\[/?[A-Z_]+\]|<\|[\w▁/-]+\|>")]
    private static partial Regex Mark();
}
