using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Reading large parts of a tokenizer.json token by token, with messages that name file and key.</summary>
internal static class JsonCursor
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static string ReadText(ref Utf8JsonReader reader, string location)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            throw Error(location, "a string", reader.TokenType);
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Error(location, "a string of valid Unicode", "one that is not");
        }
    }

    /// <summary>Copies a string to <paramref name="buffer"/> behind its first <paramref name="offset"/> characters.</summary>
    /// <returns>The length of the string.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CopyText(ref Utf8JsonReader reader, ref char[] buffer, int offset, string location)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Error(location, "a string", reader.TokenType);
        }

        if (buffer.Length - offset < reader.ValueSpan.Length)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, offset + reader.ValueSpan.Length));
        }

        try
        {
            return reader.CopyString(buffer.AsSpan(offset));
        }
        catch (InvalidOperationException)
        {
            throw Error(location, "a string of valid Unicode", "one that is not");
        }
    }

    public static int ReadId(ref Utf8JsonReader reader, string location) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int id) && id is >= 0 and < int.MaxValue
            ? id
            : throw Error(location, "an id from 0 to 2147483646", reader.TokenType);

    /// <summary>Reads a value as a document, if it is as small as its kind should be.</summary>
    public static JsonSection ReadSection(ref Utf8JsonReader reader, int maxLength, string source, string path)
    {
        Utf8JsonReader end = reader;
        end.Skip();
        long length = end.BytesConsumed - reader.TokenStartIndex;
        if (length > maxLength)
        {
            throw Error($"{source}: {path}", $"at most {maxLength} bytes", $"{length}");
        }

        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return new JsonSection(document.RootElement.Clone(), source, path);
    }

    public static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string location, string expected)
    {
        if (reader.TokenType != type)
        {
            throw Error(location, expected, reader.TokenType);
        }
    }

    public static ModelFormatException Error(string location, string expected, JsonTokenType got) =>
        Error(location, expected, $"a JSON token of the kind {got}");

    public static ModelFormatException Error(string location, string expected, string got) =>
        new($"{location}: expected {expected}, got {got}. Use the tokenizer.json that belongs to the model.");
}
