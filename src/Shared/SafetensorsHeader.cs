using System.Text.Json;

namespace ALoRA.Onnx.Export.Checkpoints.Safetensors;

/// <summary>Reads the JSON of a header. Throws <see cref="JsonException"/> where the text is not JSON.</summary>
internal sealed class SafetensorsHeaderParser(string path)
{
    public const string MetadataKey = "__metadata__";

    private readonly List<SafetensorsEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    public IReadOnlyList<SafetensorsEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public void Parse(ReadOnlySpan<byte> json)
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
            throw Malformed($"{item} has no {missing}");
        }

        TensorEncoding encoding = SafetensorsEncodings.Find(dtype) ?? throw Malformed(
            $"{item} has the unknown dtype '{dtype}'; expected one of {string.Join(", ", SafetensorsEncodings.All)}");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw Malformed($"data_offsets of {item}: expected [begin, end] with begin not after end, got [{string.Join(", ", offsets)}]");
        }

        UInt128 expected = ByteLength(item, encoding, shape);
        long got = offsets[1] - offsets[0];
        return expected == (ulong)got
            ? new SafetensorsEntry(name, encoding, shape, offsets[0], offsets[1])
            : throw Malformed($"{item} of {dtype} [{string.Join(", ", shape)}] needs {expected} bytes, but its data_offsets give {got}");
    }

    private UInt128 ByteLength(string item, TensorEncoding encoding, long[] shape)
    {
        ulong elements = 1;
        foreach (long size in shape)
        {
            UInt128 product = (UInt128)elements * (ulong)size;
            elements = product <= long.MaxValue
                ? (ulong)product
                : throw Malformed($"the number of elements of {item}, shape [{string.Join(", ", shape)}], overflows 64 bits");
        }

        UInt128 scaled = (UInt128)elements * (uint)encoding.BlockByteLength();
        return scaled % (uint)encoding.BlockLength() == 0
            ? scaled / (uint)encoding.BlockLength()
            : throw Malformed($"{elements} elements of {item} in {encoding.FormatName()} are not a whole number of bytes");
    }

    private long[] Numbers(ref Utf8JsonReader reader, string item)
    {
        Expect(reader, JsonTokenType.StartArray, item, "an array of whole numbers");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw Malformed($"{item}: expected whole numbers from 0 to 2^63-1, got {Describe(reader)}");
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
            throw Malformed($"{item} has the key '{key}' twice");
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
        catch (InvalidOperationException exception)
        {
            // Half of a surrogate pair as an escape is JSON, but no text.
            throw SafetensorsHeader.Malformed(path, $"{item} holds a text that is not Unicode", exception);
        }
    }

    private void Expect(in Utf8JsonReader reader, JsonTokenType type, string item, string expected)
    {
        if (reader.TokenType != type)
        {
            throw Malformed($"{item}: expected {expected}, got {Describe(reader)}");
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

    private CheckpointFormatException Malformed(string problem) => SafetensorsHeader.Malformed(path, problem);
}
