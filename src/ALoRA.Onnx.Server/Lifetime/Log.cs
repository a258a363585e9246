using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>Messages about start and end of the server, with stable event ids from 230 on.</summary>
internal static partial class Log
{
    [LoggerMessage(230, LogLevel.Information, "Stopping: new requests are refused, running ones have {Timeout}.")]
    public static partial void Draining(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(231, LogLevel.Information, "All requests have ended.")]
    public static partial void Drained(this ILogger logger);

    [LoggerMessage(232, LogLevel.Warning, "Some requests have not ended within {Timeout} and are cut off.")]
    public static partial void DrainTimedOut(this ILogger logger, TimeSpan timeout);
}
