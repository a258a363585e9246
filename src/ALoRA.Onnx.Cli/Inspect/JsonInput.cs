using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>Whole JSON objects in and out.</summary>
internal static class JsonInput
{
    // Schemas of tools and answers nest deeper than the default of 64 in practice.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 256, AllowDuplicateProperties = false };

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is no JSON object.</exception>
    public static async Task<JsonObject> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream stream = File.OpenRead(path);
        return await ReadAsync(stream, path, cancellationToken);
    }

    /// <summary>Reads a stream of UTF-8 to its end.</summary>
    /// <exception cref="FormatException">It is no JSON object.</exception>
    public static async Task<JsonObject> ReadAsync(Stream stream, string name, CancellationToken cancellationToken)
    {
        using MemoryStream content = new();
        await stream.CopyToAsync(content, cancellationToken);
        ReadOnlySpan<byte> bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        bytes = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        try
        {
            return JsonNode.Parse(bytes, documentOptions: Options) as JsonObject
                ?? throw new FormatException($"{name} should be a JSON object, but is something else.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{name} is not JSON: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>Prints an object on one line of ASCII.</summary>
    public static void Print(Terminal terminal, JsonObject json)
    {
        terminal.Output.Write(json.ToJsonString());
        terminal.Output.Write('\n');
    }
}
