using System.Net;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>Messages about the cluster, with stable event ids from 300 on.</summary>
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Information, "{Server} is a member; there are {Count}.")]
    public static partial void Joined(this ILogger logger, IPEndPoint server, int count);

    [LoggerMessage(301, LogLevel.Warning, "{Server} is no member anymore; there are {Count}.")]
    public static partial void Left(this ILogger logger, IPEndPoint server, int count);

    [LoggerMessage(302, LogLevel.Debug, "The load was not reported to {Server}: {Problem}")]
    public static partial void NotReported(this ILogger logger, IPEndPoint server, string problem);

    [LoggerMessage(303, LogLevel.Warning, "A request goes on elsewhere at token {Index} after {Server} did not answer: {Problem}")]
    public static partial void Resumed(this ILogger logger, int index, IPEndPoint server, string problem);

    [LoggerMessage(304, LogLevel.Warning, "The store can't be reached, so that no server can join or be declared dead: {Problem}")]
    public static partial void StoreGone(this ILogger logger, string problem);

    [LoggerMessage(305, LogLevel.Information, "The store is reached again.")]
    public static partial void StoreBack(this ILogger logger);

    [LoggerMessage(306, LogLevel.Critical, "This server is no member of the cluster anymore and stops, to be started again: {Problem}")]
    public static partial void Lost(this ILogger logger, string problem);

    [LoggerMessage(307, LogLevel.Information, "{Count} requests of other servers are handed over.")]
    public static partial void HandedOver(this ILogger logger, int count);

    [LoggerMessage(308, LogLevel.Information, "{Count} conversations were offered to the servers that take them over.")]
    public static partial void Offered(this ILogger logger, int count);

    [LoggerMessage(309, LogLevel.Information, "{Server} takes no conversations over: {Problem}")]
    public static partial void NotOffered(this ILogger logger, IPEndPoint server, string problem);
}
