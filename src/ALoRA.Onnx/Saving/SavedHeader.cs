using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Saving;

/// <summary>The header of a saved conversation: metadata and tensors by name. Every miss is a <see cref="ModelFormatException"/>.</summary>
internal sealed class SavedHeader
{
    private readonly string _path;

    private SavedHeader(string path, ReadOnlySpan<byte> json)
    {
        _path = path;
        SafetensorsHeader header = SafetensorsHeader.Parse(json, Wrong);
        Metadata = header.Metadata;
        Tensors = header.Entries.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors { get; }

    /// <summary>Reads the bytes of a header.</summary>
    public static SavedHeader Parse(string path, ReadOnlySpan<byte> json)
    {
        try
        {
            return new SavedHeader(path, json);
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException($"{path} is not a saved conversation: its header is not JSON: {exception.Message}", exception);
        }
    }

    public ModelFormatException Wrong(string what) => new($"{_path} is not a saved conversation: {what}. Save the conversation again.");
}
