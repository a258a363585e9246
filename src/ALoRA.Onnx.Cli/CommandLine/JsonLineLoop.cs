using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Answers every line of the input with exactly one line: the handler's JSON object, or <c>{"error": …}</c> where the line is no JSON
/// or the handler fails. Each answer is flushed before the next line is read.
/// </summary>
internal static class JsonLineLoop
{
    // Tool definitions nest deeper than the default of 64 in practice; the limit keeps hostile input from exhausting the stack.
    private static readonly JsonDocumentOptions ParseOptions = new() { MaxDepth = 256 };

    private static readonly JsonWriterOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs until the input ends.</summary>
    /// <param name="terminal">Input and output.</param>
    /// <param name="answer">Writes the members of the answer's object.</param>
    /// <param name="cancellationToken">Ends the loop between lines.</param>
    public static async Task RunAsync(Terminal terminal, Action<JsonElement, Utf8JsonWriter> answer, CancellationToken cancellationToken)
    {
        LineReader lines = new(terminal.Input);
        ArrayBufferWriter<byte> buffer = new();
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            WriteAnswer(line, answer, buffer);
            await terminal.Output.WriteAsync(Encoding.UTF8.GetString(buffer.WrittenSpan).AsMemory(), cancellationToken);
            await terminal.Output.WriteAsync("\n".AsMemory(), cancellationToken);
            await terminal.Output.FlushAsync(cancellationToken);
        }
    }

    private static void WriteAnswer(ReadOnlyMemory<byte> line, Action<JsonElement, Utf8JsonWriter> answer, ArrayBufferWriter<byte> buffer)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, ParseOptions);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"Expected a JSON object on each line, got {document.RootElement.ValueKind}.");
            }

            WriteObject(buffer, writer => answer(document.RootElement, writer));
        }
#pragma warning disable CA1031 // Every line owes an answer, and the reason is in it.
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
#pragma warning restore CA1031
        {
            WriteObject(buffer, writer => writer.WriteString("error", ErrorSentence.Of(exception).Text));
        }
    }

    private static void WriteObject(ArrayBufferWriter<byte> buffer, Action<Utf8JsonWriter> writeMembers)
    {
        buffer.ResetWrittenCount();
        using Utf8JsonWriter writer = new(buffer, WriteOptions);
        writer.WriteStartObject();
        writeMembers(writer);
        writer.WriteEndObject();
    }
}
