using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Prints what <c>alora run</c> gives beside the streamed answer.</summary>
internal static class RunResult
{
    /// <summary>What intrinsics said, and what was computed if that is shown.</summary>
    public static void Print(Terminal terminal, ChatAnswer? answer, IReadOnlyList<IntrinsicResult> judgements)
    {
        if (answer is not null && terminal.ShowsStatistics)
        {
            terminal.WriteNote(UsageText.Describe(answer));
        }

        foreach (IntrinsicResult judgement in judgements)
        {
            terminal.Output.Write($"{judgement.Adapter}: {judgement.Text}\n");
            if (terminal.ShowsStatistics)
            {
                terminal.WriteNote(UsageText.Describe(judgement.Usage));
            }
        }
    }
}
