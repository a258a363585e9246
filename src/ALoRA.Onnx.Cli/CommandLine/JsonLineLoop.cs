using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Answers every line of the input with exactly one line: the handler's JSON object, or <c>{"error": …}</c> where the line is no JSON
/// or the handler fails. Each answer is flushed before the next line is read.
/// </summary>
internal static class JsonLineLoop
{
    // Tool definitions nest deeper than the default of 64 in practice; the limit keeps hostile input from exhausting the stack.
    private static readonly JsonDocumentOptions ParseOptions = new() { MaxDepth = 256 };

    /// <summary>Runs until the input ends.</summary>
    /// <param name="terminal">Input and output.</param>
    /// <param name="answer">Answers a line.</param>
    /// <param name="type">How answers are written.</param>
    /// <param name="cancellationToken">Ends the loop between lines.</param>
    public static async Task RunAsync(
        Terminal terminal, Func<JsonElement, LineAnswer> answer, JsonTypeInfo<LineAnswer> type, CancellationToken cancellationToken)
    {
        LineReader lines = new(terminal.Input);
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            await terminal.Output.WriteAsync(Answer(line, answer, type).AsMemory(), cancellationToken);
            await terminal.Output.WriteAsync("\n".AsMemory(), cancellationToken);
            await terminal.Output.FlushAsync(cancellationToken);
        }
    }

    private static string Answer(ReadOnlyMemory<byte> line, Func<JsonElement, LineAnswer> answer, JsonTypeInfo<LineAnswer> type)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, ParseOptions);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? JsonResult.Format(answer(document.RootElement), type)
                : throw new FormatException($"Expected a JSON object on each line, got {document.RootElement.ValueKind}.");
        }
#pragma warning disable CA1031 // Every line owes an answer, and the reason is in it.
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
#pragma warning restore CA1031
        {
            return JsonResult.Format(new LineAnswer { Error = ErrorSentence.Of(exception).Text }, type);
        }
    }
}
