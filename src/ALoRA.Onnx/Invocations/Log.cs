using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Invocations;

/// <summary>Messages about invocations, with stable event ids from 22 on.</summary>
internal static partial class Log
{
    [LoggerMessage(
        22, LogLevel.Debug, "Invoked {Adapter}: {Reused} tokens reused, {Computed} computed, first token after {Milliseconds:F1} ms.")]
    public static partial void Invoked(this ILogger logger, string adapter, int reused, int computed, double milliseconds);

    [LoggerMessage(
        23,
        LogLevel.Warning,
        "{Folder} has no fanout.onnx, so that adapters are asked one after another. "
        + "Export the model again to have them computed together.")]
    public static partial void NoFanout(this ILogger logger, string folder);

    [LoggerMessage(
        24,
        LogLevel.Warning,
        "Adapters that were asked together gave logits that are no numbers; they are asked one after another, so "
        + "that the one whose weights "
        + "overflow can be named.")]
    public static partial void NoNumbersInFanout(this ILogger logger);

    /// <summary>Logs a finished invocation.</summary>
    public static void Invoked(this ILogger logger, IntrinsicResult result)
    {
        TokenUsage usage = result.Usage;
        logger.Invoked(result.Adapter, usage.ReusedTokens, usage.ComputedTokens, usage.TimeToFirstToken.TotalMilliseconds);
    }
}
