using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Prints a report as a table or as JSON.</summary>
internal static class VerificationPrinter
{
    public static void PrintTable(Terminal terminal, VerificationReport report)
    {
        ResultTable table = new("case", "adapter", "run", ">largest difference", "greedy", "result");
        foreach (VerificationRow row in report.Rows)
        {
            table.Add(row.Subject, row.Adapter, row.Run, Describe(row.LargestDifference), Describe(row.GreedyEqual), Describe(row));
        }

        table.Print(terminal);
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Folder} ({report.Precision}, tolerance {report.Tolerance:0.0E+0}): {report.Passed} passed, {report.Failed} failed, "
            + $"{report.Refused} refused; largest difference {Largest(report):0.0E+0}"));
    }

    public static void PrintJson(Terminal terminal, VerificationReport report) => JsonResult.Write(terminal, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("folder", report.Folder);
        writer.WriteString("precision", report.Precision);
        writer.WriteNumber("tolerance", report.Tolerance);
        writer.WriteBoolean("holds", report.Holds);
        writer.WriteNumber("passed", report.Passed);
        writer.WriteNumber("failed", report.Failed);
        writer.WriteNumber("refused", report.Refused);
        writer.WriteStartArray("rows");
        foreach (VerificationRow row in report.Rows)
        {
            Write(writer, row);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter writer, VerificationRow row)
    {
        writer.WriteStartObject();
        writer.WriteString("case", row.Subject);
        writer.WriteString("adapter", row.Adapter);
        writer.WriteString("run", row.Run);
        writer.WriteString("outcome", Name(row.Outcome));
        if (row.LargestDifference is { } difference)
        {
            writer.WritePropertyName("largest_difference");
            if (float.IsFinite(difference))
            {
                writer.WriteNumberValue(difference);
            }
            else
            {
                writer.WriteStringValue(difference.ToString(CultureInfo.InvariantCulture));
            }
        }

        if (row.GreedyEqual is { } greedyEqual)
        {
            writer.WriteBoolean("greedy_equal", greedyEqual);
        }

        if (row.Note.Length > 0)
        {
            writer.WriteString("note", row.Note);
        }

        writer.WriteEndObject();
    }

    private static float Largest(VerificationReport report) =>
        report.Rows.Select(row => row.LargestDifference ?? 0).Aggregate(0f, MathF.Max);

    private static string Describe(float? difference) => difference?.ToString("0.0E+0", CultureInfo.InvariantCulture) ?? "";

    private static string Describe(bool? equal) => equal switch
    {
        true => "equal",
        false => "differs",
        null => "",
    };

    private static string Describe(VerificationRow row) =>
        row.Note.Length == 0 ? Name(row.Outcome) : $"{Name(row.Outcome)}: {row.Note}";

    private static string Name(VerificationOutcome outcome) => outcome switch
    {
        VerificationOutcome.Passed => "passed",
        VerificationOutcome.Failed => "failed",
        _ => "refused",
    };
}
