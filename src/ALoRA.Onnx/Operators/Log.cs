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
}
