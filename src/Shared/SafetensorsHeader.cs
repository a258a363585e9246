using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace ALoRA.Onnx.Shared;

/// <summary>
/// The header of a safetensors file as the format has it: texts and tensors.
/// What the types of elements are, and where the bytes of a tensor may lie, is left to the reader.
/// This source is part of each library that reads or writes such files, and none of them knows another.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Key of the free texts, which no tensor may be named as.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>The format's own limit.</summary>
    public const int MaxByteLength = 100_000_000;

    // The reference library pads the header so that the data starts at a multiple of 8.
    private const int Alignment = 8;

    private readonly Func<string, Exception> _malformed;
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(Func<string, Exception> malformed) => _malformed = malformed;

    /// <summary>The tensors in the order of the header.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => _entries;

    /// <summary>The free texts.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads the bytes of a header.</summary>
    /// <param name="json">The header without its length.</param>
    /// <param name="malformed">Makes the exception for what is wrong, given as a part of a sentence.</param>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, Func<string, Exception> malformed)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            string got = json.IsEmpty ? "an empty header" : $"byte 0x{json[0]:X2}";
            throw malformed($"expected a header that starts with '{{', got {got}");
        }

        if (!Utf8.IsValid(json))
        {
            throw malformed("the header is not UTF-8");
        }

        SafetensorsHeader header = new(malformed);
        header.Parse(json);
        return header;
    }

    /// <summary>
    /// What stands before the bytes of the tensors: the length of the header, the header, and spaces up to a multiple of 8.
    /// </summary>
    public static byte[] Write(IEnumerable<SafetensorsEntry> tensors, IEnumerable<KeyValuePair<string, string>>? metadata)
    {
        using MemoryStream stream = new();
        stream.Write(stackalloc byte[sizeof(ulong)]);
        using (Utf8JsonWriter writer = new(stream))
        {
            WriteJson(writer, tensors, metadata);
        }

        while (stream.Length % Alignment != 0)
        {
            stream.WriteByte((byte)' ');
        }

        byte[] header = stream.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - sizeof(ulong)));
        return header;
    }

    private static void WriteJson(
        Utf8JsonWriter writer, IEnumerable<SafetensorsEntry> tensors, IEnumerable<KeyValuePair<string, string>>? metadata)
    {
        writer.WriteStartObject();
        if (metadata is not null)
        {
            writer.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        foreach (SafetensorsEntry tensor in tensors)
        {
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.Type);
            WriteNumbers(writer, "shape", tensor.Shape);
            WriteNumbers(writer, "data_offsets", [tensor.Begin, tensor.End]);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, ReadOnlySpan<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        HashSet<string> keys = new(StringComparer.Ordinal);
        Utf8JsonReader reader = new(json);
        reader.Read();
        while (NextKey(ref reader, "the header", keys) is { } key)
        {
            if (key == MetadataKey)
            {
                ParseMetadata(ref reader);
            }
            else
            {
                _entries.Add(ParseEntry(ref reader, key));
            }
        }

        // Reads on to the end, so that anything but white space after the object is an error.
        reader.Read();
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        Expect(reader, JsonTokenType.StartObject, MetadataKey, "an object of texts");
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (NextKey(ref reader, MetadataKey, keys) is { } key)
        {
            Expect(reader, JsonTokenType.String, $"{MetadataKey}.{key}", "a text");
            _metadata.Add(key, Text(ref reader, MetadataKey));
        }
    }

    private SafetensorsEntry ParseEntry(ref Utf8JsonReader reader, string name)
    {
        string item = $"tensor '{name}'";
        Expect(reader, JsonTokenType.StartObject, item, "an object with dtype, shape and data_offsets");
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (NextKey(ref reader, item, keys) is { } key)
        {
            switch (key)
            {
                case "dtype":
                    Expect(reader, JsonTokenType.String, $"dtype of {item}", "a text");
                    dtype = Text(ref reader, item);
                    break;
                case "shape":
                    shape = Numbers(ref reader, $"shape of {item}");
                    break;
                case "data_offsets":
                    offsets = Numbers(ref reader, $"data_offsets of {item}");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return Check(item, name, dtype, shape, offsets);
    }

    private SafetensorsEntry Check(string item, string name, string? dtype, long[]? shape, long[]? offsets)
    {
        if (dtype is null || shape is null || offsets is null)
        {
            string missing = dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw _malformed($"{item} has no {missing}");
        }

        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw _malformed($"data_offsets of {item}: expected [begin, end] with begin not after end, got [{string.Join(", ", offsets)}]");
        }

        return new SafetensorsEntry(name, dtype, shape, offsets[0], offsets[1]);
    }

    private long[] Numbers(ref Utf8JsonReader reader, string item)
    {
        Expect(reader, JsonTokenType.StartArray, item, "an array of whole numbers");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw _malformed($"{item}: expected whole numbers from 0 to 2^63-1, got {Describe(reader)}");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    private string? NextKey(ref Utf8JsonReader reader, string item, HashSet<string> keys)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }

        string key = Text(ref reader, item);
        if (!keys.Add(key))
        {
            throw _malformed($"{item} has the key '{key}' twice");
        }

        reader.Read();
        return key;
    }

    private string Text(ref Utf8JsonReader reader, string item)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair as an escape is JSON, but no text.
            throw _malformed($"{item} holds a text that is not Unicode");
        }
    }

    private void Expect(in Utf8JsonReader reader, JsonTokenType type, string item, string expected)
    {
        if (reader.TokenType != type)
        {
            throw _malformed($"{item}: expected {expected}, got {Describe(reader)}");
        }
    }

    private static string Describe(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a text",
        JsonTokenType.Null => "null",
        _ => reader.TokenType.ToString(),
    };
}

/// <summary>A tensor as a header lists it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its elements as the format names it, such as <c>BF16</c>.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Begin">Its first byte, counted from the first one behind the header.</param>
/// <param name="End">The byte behind its last one.</param>
internal sealed record SafetensorsEntry(string Name, string Type, long[] Shape, long Begin, long End);
