using System.Text.Json;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Answers lines of <c>alora tokenize</c>.</summary>
internal sealed class TokenLine(HfTokenizer tokenizer)
{
    public bool AddSpecial { get; init; }

    public bool SkipSpecial { get; init; }

    public bool Stream { get; init; }

    /// <summary>Encodes the member <c>text</c> or decodes the member <c>ids</c>.</summary>
    public LineAnswer Answer(JsonElement line)
    {
        bool hasText = line.TryGetProperty("text", out JsonElement text);
        bool hasIds = line.TryGetProperty("ids", out JsonElement ids);
        return hasText == hasIds
            ? throw new FormatException("Expected either the member text, a string, or the member ids, a list of numbers.")
            : hasText
            ? Encode(text.GetString() ?? throw new FormatException("Expected text to be a string, got null."))
            : Decode([.. ids.EnumerateArray().Select(id => id.GetInt32())]);
    }

    private LineAnswer Encode(string text)
    {
        TokenEncoding encoding = tokenizer.EncodeWithOffsets(text, AddSpecial);
        return new LineAnswer { Ids = encoding.Ids, Tokens = encoding.Tokens };
    }

    private LineAnswer Decode(int[] ids)
    {
        if (!Stream)
        {
            return new LineAnswer { Text = tokenizer.Decode(ids, SkipSpecial) };
        }

        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder(SkipSpecial);
        return new LineAnswer { Stream = [.. ids.Select(decoder.Append)] };
    }
}
