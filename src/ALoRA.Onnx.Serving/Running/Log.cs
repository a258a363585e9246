using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Serving.Running;

internal static partial class Log
{
    [LoggerMessage(EventId = 60, Level = LogLevel.Error, Message = "A step of the engine failed; all requests that ran fail")]
    public static partial void StepFailed(this ILogger logger, Exception exception);
}
