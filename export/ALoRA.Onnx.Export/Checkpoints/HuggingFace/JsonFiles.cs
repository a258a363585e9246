using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.HuggingFace;

/// <summary>Reads JSON files of a checkpoint.</summary>
internal static class JsonFiles
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a file that holds one JSON object.</summary>
    public static JsonObject ReadObject(string path) => ParseObject(File.ReadAllBytes(path), path);

    /// <summary>Parses bytes that hold one JSON object, with or without a byte order mark.</summary>
    public static JsonObject ParseObject(ReadOnlySpan<byte> bytes, string path)
    {
        ReadOnlySpan<byte> json = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        try
        {
            JsonObject content = JsonNode.Parse(json, documentOptions: Options) as JsonObject
                ?? throw new CheckpointFormatException($"{path}: expected a JSON object. Download or write the file again.");

            // Halves of surrogate pairs are found only where a text is read, wherever that may be.
            content.ToJsonString();
            return content;
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointFormatException(
                $"{path}: a text is no valid Unicode: {exception.Message} Write its escapes of surrogates in pairs.", exception);
        }
        catch (JsonException exception)
        {
            throw new CheckpointFormatException(
                $"{path} is not valid JSON: {exception.Message} Download or write the file again.", exception);
        }
    }
}
