using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Operators;

/// <summary>Messages about operators, with stable event ids from 30 on.</summary>
internal static partial class Log
{
    [LoggerMessage(30, LogLevel.Information, "Adapters are computed by operators of {Provider}, from {Graph}.")]
    public static partial void OperatorsUsed(this ILogger logger, string provider, string graph);

    [LoggerMessage(
        31, LogLevel.Warning, "Adapters are computed node by node, which is slower, as operators are not used on {Provider}: {Reason}.")]
    public static partial void OperatorsNotUsed(this ILogger logger, string provider, string reason);

    [LoggerMessage(32, LogLevel.Information, "Steps of many requests are computed by operators of {Provider}, from {Graph}.")]
    public static partial void BatchesUsed(this ILogger logger, string provider, string graph);

    [LoggerMessage(
        33, LogLevel.Warning,
        "Steps of many requests are computed without operators, each request's keys and values by themselves, which is slower: {Reason}.")]
    public static partial void BatchesNotUsed(this ILogger logger, string reason);
}
