using System.Net;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Catalog;

/// <summary>Messages about the cluster's adapters, with stable event ids from 320 on.</summary>
internal static partial class Log
{
    [LoggerMessage(320, LogLevel.Information, "The adapter '{Name}' of the cluster is served, with the hash {Hash}.")]
    public static partial void Loaded(this ILogger logger, string name, string hash);

    [LoggerMessage(321, LogLevel.Warning, "The adapter '{Name}' of the cluster, with the hash {Hash}, is not served here: {Problem}")]
    public static partial void Lags(this ILogger logger, string name, string hash, string problem);

    [LoggerMessage(322, LogLevel.Warning, "{Server} does not say that it has version {Version} of the adapters: {Problem}")]
    public static partial void NotSpread(this ILogger logger, IPEndPoint server, long version, string problem);

    [LoggerMessage(323, LogLevel.Warning, "The cluster's adapters can't be asked for: {Problem}")]
    public static partial void NotAsked(this ILogger logger, string problem);
}
