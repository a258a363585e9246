using System.Text.Json;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Answers lines of <c>alora tokenize</c>.</summary>
internal sealed class TokenLine(HfTokenizer tokenizer)
{
    public bool AddSpecial { get; init; }

    public bool SkipSpecial { get; init; }

    public bool Stream { get; init; }

    /// <summary>Encodes the member <c>text</c> or decodes the member <c>ids</c>.</summary>
    public void Answer(JsonElement line, Utf8JsonWriter writer)
    {
        bool hasText = line.TryGetProperty("text", out JsonElement text);
        bool hasIds = line.TryGetProperty("ids", out JsonElement ids);
        if (hasText == hasIds)
        {
            throw new FormatException("Expected either the member text, a string, or the member ids, a list of numbers.");
        }

        if (hasText)
        {
            Encode(text.GetString() ?? throw new FormatException("Expected text to be a string, got null."), writer);
        }
        else
        {
            Decode([.. ids.EnumerateArray().Select(id => id.GetInt32())], writer);
        }
    }

    private void Encode(string text, Utf8JsonWriter writer)
    {
        TokenEncoding encoding = tokenizer.EncodeWithOffsets(text, AddSpecial);
        writer.WriteStartArray("ids");
        foreach (int id in encoding.Ids)
        {
            writer.WriteNumberValue(id);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("tokens");
        foreach (string token in encoding.Tokens)
        {
            writer.WriteStringValue(token);
        }

        writer.WriteEndArray();
    }

    private void Decode(int[] ids, Utf8JsonWriter writer)
    {
        if (!Stream)
        {
            writer.WriteString("text", tokenizer.Decode(ids, SkipSpecial));
            return;
        }

        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder(SkipSpecial);
        writer.WriteStartArray("stream");
        foreach (int id in ids)
        {
            writer.WriteStringValue(decoder.Append(id));
        }

        writer.WriteEndArray();
    }
}
