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

    [LoggerMessage(
        223, LogLevel.Information,
        "Measured in {Seconds:F1} s what runs cost: a row {RowMilliseconds:F1} ms, {Rows} rows {RowsMilliseconds:F1} ms, a chunk of "
        + "{Chunk} tokens {ChunkMilliseconds:F1} ms.")]
    public static partial void Measured(
        this ILogger logger, double seconds, double rowMilliseconds, int rows, double rowsMilliseconds, int chunk,
        double chunkMilliseconds);

    [LoggerMessage(
        224, LogLevel.Warning,
        "What runs cost is not measured, for there is no memory for it beside the model ({Problem}); it is assumed and corrected. "
        + "Give a table with --costs-file.")]
    public static partial void NotMeasured(this ILogger logger, string problem);
}
