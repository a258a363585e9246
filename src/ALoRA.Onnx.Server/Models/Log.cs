using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Models;

/// <summary>Messages about the served model, with stable event ids from 220 on.</summary>
internal static partial class Log
{
    [LoggerMessage(220, LogLevel.Information, "Serving {Model} from {Folder}.")]
    public static partial void Serving(this ILogger logger, string model, string folder);

    [LoggerMessage(221, LogLevel.Information, "Freed {Model} from {Folder}, which was replaced.")]
    public static partial void Freed(this ILogger logger, string model, string folder);

    [LoggerMessage(222, LogLevel.Warning, "The adapter {Adapter}, which was loaded by request, does not fit the new model: {Problem}")]
    public static partial void NotCarriedOver(this ILogger logger, string adapter, string problem);
}
