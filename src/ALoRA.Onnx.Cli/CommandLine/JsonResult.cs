using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Prints the result of a command as one line of JSON.</summary>
internal static class JsonResult
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what <paramref name="write"/> writes, and a line end. Nothing is printed if it throws.</summary>
    public static void Write(Terminal terminal, Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            write(writer);
        }

        terminal.Output.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        terminal.Output.Write('\n');
    }
}
