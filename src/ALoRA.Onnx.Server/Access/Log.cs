using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Access;

/// <summary>Messages about keys, with stable event ids from 210 on.</summary>
internal static partial class Log
{
    [LoggerMessage(210, LogLevel.Information, "Read {File} again: {Count} keys.")]
    public static partial void KeysRead(this ILogger logger, string file, int count);

    [LoggerMessage(211, LogLevel.Warning, "{File} can't be read again; the keys of before stay in force.")]
    public static partial void KeysNotRead(this ILogger logger, string file, Exception exception);
}
