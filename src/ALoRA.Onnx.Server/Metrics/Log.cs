using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Metrics;

/// <summary>
/// One line a request, with stable event ids from 240 on. No texts: those are at <see cref="MessageText"/>, if asked for.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 240, Message = "{Method} {Route} {Status} in {Milliseconds:F0} ms for {Tenant}.")]
    public static partial void Answered(
        this ILogger logger, LogLevel level, string method, string route, int status, double milliseconds, string tenant);

    [LoggerMessage(
        241,
        LogLevel.Information,
        "{Method} {Route} {Status} in {Milliseconds:F0} ms for {Tenant}: {Model}, {PromptTokens} prompt tokens ({CachedTokens} cached), "
        + "{GeneratedTokens} generated, {FinishReason}.")]
    public static partial void Generated(
        this ILogger logger, string method, string route, int status, double milliseconds, string tenant, string model, long promptTokens,
        long cachedTokens, long generatedTokens, string finishReason);

    [LoggerMessage(242, LogLevel.Information, "{Part} of {Model}: {Text}")]
    public static partial void MessageText(this ILogger logger, string part, string model, string text);
}
