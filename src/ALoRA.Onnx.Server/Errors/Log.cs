using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Errors;

/// <summary>Messages about requests that failed, with stable event ids from 200 on.</summary>
internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger logger, string method, string path, Exception exception);
}
