using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Prints what runs of several rows cost.</summary>
internal static class BatchTable
{
    public static void Print(Terminal terminal, BatchReport report)
    {
        terminal.WriteText($"{report.Model} on {report.Machine}");
        ResultTable table = new("run", ">rows", ">median ms", ">smallest", ">largest", ">tokens/s", ">× one row");
        foreach (BatchFigure figure in report.Figures)
        {
            table.Add(
                figure.Run,
                figure.Count.ToString("N0", CultureInfo.InvariantCulture),
                Format(figure.Milliseconds.Median, "0.00"),
                Format(figure.Milliseconds.Smallest, "0.00"),
                Format(figure.Milliseconds.Largest, "0.00"),
                Format(figure.TokensPerSecond, "N1"),
                figure.Run == BatchFigure.Chunk ? "" : Format(figure.RatioWithin(report.Figures), "0.00"));
        }

        table.Print(terminal);
        terminal.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $"Each row is one token of another request behind {report.Context:N0} tokens, a chunk's rows are "
            + $"tokens of one prompt behind as "
            + $"many. × one row: tokens/s ÷ those of one row of the same kind."));
        if (report.Adapters.Count > 0)
        {
            terminal.WriteText($"Base and adapters: rows of {string.Join(", ", report.Adapters)} and of the base by turns.");
        }
    }

    private static string Format(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? MeasuredNumber.NotMeasured;
}
