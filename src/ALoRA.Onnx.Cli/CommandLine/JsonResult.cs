using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Prints results as JSON, each on one line.</summary>
internal static class JsonResult
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints a value and a line end. Nothing is printed if a part of it cannot be read or written.</summary>
    public static void Write<T>(Terminal terminal, T value, JsonTypeInfo<T> type)
    {
        string json = Format(value, type);
        terminal.Output.Write(json);
        terminal.Output.Write('\n');
    }

    /// <summary>The JSON of a value, without a line end.</summary>
    public static string Format<T>(T value, JsonTypeInfo<T> type)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
