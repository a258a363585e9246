using System.Text.Json;

namespace ALoRA.Onnx.Saving;

/// <summary>The header of a safetensors file: metadata and tensors by name. Every miss is a <see cref="ModelFormatException"/>.</summary>
internal sealed class SavedHeader
{
    private readonly string _path;

    private SavedHeader(string path, JsonElement root)
    {
        _path = path;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("the header is no JSON object");
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                ReadMetadata(property.Value);
            }
            else if (!Tensors.TryAdd(property.Name, ReadTensor(property.Name, property.Value)))
            {
                throw Wrong($"the tensor '{property.Name}' occurs twice");
            }
        }
    }

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, SavedTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the bytes of a header.</summary>
    public static SavedHeader Parse(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return new SavedHeader(path, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid UTF-16.
            throw new ModelFormatException($"{path} is not a saved conversation: its header is not JSON: {exception.Message}", exception);
        }
    }

    public ModelFormatException Wrong(string what) => new($"{_path} is not a saved conversation: {what}. Save the conversation again.");

    private void ReadMetadata(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("'__metadata__' is no JSON object");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            Metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Wrong($"'__metadata__.{property.Name}' is no text");
        }
    }

    private SavedTensor ReadTensor(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("dtype", out JsonElement type) || type.ValueKind != JsonValueKind.String)
        {
            throw Wrong($"'{name}' has no 'dtype'");
        }

        long[] shape = Numbers(name, element, "shape");
        long[] offsets = Numbers(name, element, "data_offsets");
        return offsets.Length == 2 ? new SavedTensor(name, type.GetString()!, shape, offsets[0], offsets[1]) : throw Wrong($"'{name}' has {offsets.Length} offsets instead of 2");
    }

    private long[] Numbers(string name, JsonElement owner, string key)
    {
        if (!owner.TryGetProperty(key, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Wrong($"'{name}' has no list '{key}'");
        }

        List<long> numbers = [];
        foreach (JsonElement item in list.EnumerateArray())
        {
            numbers.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long number) && number >= 0
                ? number
                : throw Wrong($"'{key}' of '{name}' holds {item.GetRawText()} instead of a whole number of at least 0"));
        }

        return [.. numbers];
    }
}
