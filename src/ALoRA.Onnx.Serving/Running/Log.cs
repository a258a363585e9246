using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Serving.Running;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 61, Level = LogLevel.Warning,
        Message = "A context of {Longest} tokens needs {Bytes} bytes of keys and values, which are not available: requests may have "
            + "{Context} tokens. Say how many with MaxContextTokens, or give the engine more memory")]
    public static partial void ContextShortened(this ILogger logger, int longest, long bytes, int context);

    [LoggerMessage(
        EventId = 62, Level = LogLevel.Error,
        Message = "The engine computed nothing for {Seconds} seconds although there was something to compute, which is a fault of its own: "
            + "{Measure}. Requests: {State}")]
    public static partial void Stalled(this ILogger logger, double seconds, string measure, string state);

    [LoggerMessage(EventId = 60, Level = LogLevel.Error, Message = "A step of the engine failed; all requests that ran fail")]
    public static partial void StepFailed(this ILogger logger, Exception exception);
}
