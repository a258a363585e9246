using System.Text.Json;
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

    public static void Write(Utf8JsonWriter writer, ChatAnswer? answer, IntrinsicResult? judgement)
    {
        writer.WriteStartObject();
        if (answer is not null)
        {
            writer.WriteString("text", answer.Text);
            writer.WriteString("finish_reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(answer.FinishReason.ToString()));
            UsageText.Write(writer, answer);
        }

        if (judgement is not null)
        {
            writer.WriteStartObject("intrinsic");
            writer.WriteString("adapter", judgement.Adapter);
            writer.WriteString("text", judgement.Text);
            writer.WriteString("finish_reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(judgement.FinishReason.ToString()));
            UsageText.Write(writer, judgement.Usage);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
