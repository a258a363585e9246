using System.Net;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>Messages about what servers fetch from each other, with stable event ids from 340 on.</summary>
internal static partial class Log
{
    [LoggerMessage(340, LogLevel.Information, "{Rows} rows of a prompt of {Tokens} tokens came from {Server}.")]
    public static partial void Fetched(this ILogger logger, int rows, int tokens, IPEndPoint server);

    [LoggerMessage(341, LogLevel.Information, "No rows came from {Server}, they are computed: {Problem}")]
    public static partial void NotFetched(this ILogger logger, IPEndPoint server, string problem);
}
