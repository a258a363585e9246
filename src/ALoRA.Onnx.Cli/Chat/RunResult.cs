using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Prints what <c>alora run</c> gives beside the streamed answer.</summary>
internal static class RunResult
{
    public static async Task PrintAsync(Terminal terminal, ChatAnswer? answer, IntrinsicResult? judgement)
    {
        if (answer is not null)
        {
            await terminal.Output.WriteAsync("\n");
            await terminal.Error.WriteLineAsync(UsageText.Describe(answer));
        }

        if (judgement is not null)
        {
            await terminal.Output.WriteAsync($"{judgement.Adapter}: {judgement.Text}\n");
            await terminal.Error.WriteLineAsync(UsageText.Describe(judgement.Usage));
        }
    }
}
