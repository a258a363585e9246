using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>An option that takes the path of a file for what was said about each row: CSV or JSON lines, as its name ends.</summary>
internal sealed class RowsOption : FileOption
{
    private const string Csv = ".csv";
    private const string JsonLines = ".jsonl";
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public RowsOption(string name, string description)
        : base(name, description) => EndsWith(Csv, JsonLines);

    /// <summary>Writes the rows where the option says, if it was given: whole or not at all.</summary>
    public Task WriteAsync(
        ParseResult arguments, IReadOnlyList<AdapterEvaluation> adapters, IReadOnlyList<JudgedRow> rows,
        CancellationToken cancellationToken)
    {
        string[] names = [.. adapters.Select(adapter => adapter.Adapter)];
        return arguments.GetValue(this) is not { } path
            ? Task.CompletedTask
            : WriteAsync(
                path,
                Path.GetExtension(path).Equals(Csv, StringComparison.OrdinalIgnoreCase) ? CsvOf(names, rows) : JsonOf(names, rows),
                cancellationToken);
    }

    private static string CsvOf(string[] names, IReadOnlyList<JudgedRow> rows)
    {
        StringBuilder text = new();
        string[] headings = ["line", "answer", "right", .. names.SelectMany(name => new[] { name, $"{name} ms" })];
        text.AppendJoin(',', headings.Select(Quote)).Append("\r\n");
        foreach (JudgedRow row in rows)
        {
            string[] cells =
            [
                Number(row.Line), row.Answer, row.IsRight ? "true" : "false",
                .. row.Certainties.SelectMany(certainty => new[]
                {
                    Number(certainty.Value), Number(Math.Round(certainty.Usage.TimeToFirstToken.TotalMilliseconds, 3)),
                }),
            ];
            text.AppendJoin(',', cells.Select(Quote)).Append("\r\n");
        }

        return text.ToString();
    }

    private static string JsonOf(string[] names, IReadOnlyList<JudgedRow> rows)
    {
        StringBuilder text = new();
        foreach (JudgedRow row in rows)
        {
            JsonObject certainties = [];
            foreach ((string name, Certainty certainty) in names.Zip(row.Certainties))
            {
                certainties[name] = new JsonObject
                {
                    ["certainty"] = certainty.Value,
                    ["milliseconds"] = Math.Round(certainty.Usage.TimeToFirstToken.TotalMilliseconds, 3),
                };
            }

            JsonObject json = new()
            {
                ["line"] = row.Line,
                ["answer"] = row.Answer,
                ["right"] = row.IsRight,
                ["adapters"] = certainties,
            };
            text.Append(json.ToJsonString(Readable)).Append('\n');
        }

        return text.ToString();
    }

    // RFC 4180.
    private static string Quote(string cell) => cell.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : cell;

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
