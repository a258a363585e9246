using System.Globalization;
using ALoRA.Onnx.Samples;
using Spectre.Console;

namespace RagIntrinsics;

/// <summary>Prints the steps of a walk with their tokens and times.</summary>
internal static class WalkTable
{
    /// <summary>Prints to the standard output.</summary>
    public static void Print(IReadOnlyList<WalkStep> steps)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumn("step")
            .AddColumn("result")
            .AddColumn(new TableColumn("reused").RightAligned())
            .AddColumn(new TableColumn("computed").RightAligned())
            .AddColumn(new TableColumn("generated").RightAligned())
            .AddColumn(new TableColumn("ms").RightAligned());
        foreach (WalkStep step in steps)
        {
            table.AddRow(
                new Text(step.Name),
                new Text(step.Result),
                Number(step.Reused),
                Number(step.Computed),
                Number(step.Generated),
                new Text(step.Time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)));
        }

        table.AddRow(
            new Text("all"),
            new Text(""),
            Number(steps.Sum(step => step.Reused)),
            Number(steps.Sum(step => step.Computed)),
            Number(steps.Sum(step => step.Generated)),
            new Text(
                TimeSpan.FromTicks(steps.Sum(step => step.Time.Ticks)).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)));
        Screen.Output.Write(table);
    }

    private static Text Number(int value) => new(value.ToString(CultureInfo.InvariantCulture));
}
