using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>Prints what a conversion of an adapter wrote.</summary>
internal static class AdapterSummary
{
    public static void Print(Terminal terminal, AdapterReport report)
    {
        foreach (string warning in report.Warnings)
        {
            terminal.Error.WriteLine($"warning: {warning}");
        }

        string invocation = report.InvocationTokens.Count == 0 ? "" : $", invocation [{string.Join(", ", report.InvocationTokens)}]";
        terminal.Output.WriteLine(
            $"{report.Path}: {AdapterKindNames.Of(report.Kind)}, rank {report.Rank} on {string.Join(", ", report.TargetModules)}{invocation}, {report.Parameters:N0} parameters, {ByteSize.Format(report.Bytes)}");
    }
}
