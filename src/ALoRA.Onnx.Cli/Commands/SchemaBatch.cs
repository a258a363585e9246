using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>Answers lines that each have a schema and instances; a failure is its line's answer and ends nothing else.</summary>
internal sealed class SchemaBatch(SchemaOptions options)
{
    // Schemas may nest 256 levels and are refused beyond that; instances may nest 64.
    private static readonly JsonDocumentOptions ParseOptions = new() { MaxDepth = 512 };

    /// <summary>The answer to a line as JSON, without a line end.</summary>
    public string Answer(ReadOnlyMemory<byte> line)
    {
        SchemaLineAnswer answer;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, ParseOptions);
            answer = Check(document.RootElement);
        }
#pragma warning disable CA1031 // Every line owes an answer, and the reason is in it.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            answer = new SchemaLineAnswer { Refused = OneLine(ErrorSentence.Of(exception).Text) };
        }

        return JsonResult.Format(answer, ToolJson.Default.SchemaLineAnswer);
    }

    /// <summary>A message without line ends.</summary>
    public static string OneLine(string message) => message.ReplaceLineEndings(" ");

    private SchemaLineAnswer Check(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object
            || !line.TryGetProperty("schema", out JsonElement schema)
            || !line.TryGetProperty("instances", out JsonElement instances)
            || instances.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("Expected an object with the members schema and instances, a list.");
        }

        long start = Stopwatch.GetTimestamp();
        SchemaJudge judge = new(schema.GetRawText(), options);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return new SchemaLineAnswer
        {
            Accepted = [.. instances.EnumerateArray().Select(instance => judge.Accepts(JsonMarshal.GetRawUtf8Value(instance)))],
            CompileMs = Math.Round(elapsed.TotalMilliseconds, 3),
        };
    }
}
