using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Inference;

/// <summary>Messages about prompts and generations, with stable event ids 20 and 21.</summary>
internal static partial class Log
{
    [LoggerMessage(20, LogLevel.Debug, "Prefill: {Reused} tokens reused, {Computed} computed in {Milliseconds:F1} ms.")]
    public static partial void Prefilled(this ILogger logger, int reused, int computed, double milliseconds);

    [LoggerMessage(21, LogLevel.Debug, "Generated {Generated} tokens ({FinishReason}), {Milliseconds:F2} ms a token.")]
    public static partial void Generated(this ILogger logger, int generated, FinishReason finishReason, double milliseconds);
}
