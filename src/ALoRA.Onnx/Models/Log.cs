using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Models;

/// <summary>Messages about models and what they run on, with stable event ids from 1 on.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Opened {Folder}: {Architecture}, {Precision}, {Threads} threads, {Milliseconds:F0} ms.")]
    public static partial void ModelOpened(
        this ILogger logger, string folder, string architecture, string precision, int threads, double milliseconds);

    [LoggerMessage(2, LogLevel.Information, "The model runs on {Provider}: {Reason}.")]
    public static partial void ProviderChosen(this ILogger logger, string provider, string reason);

    [LoggerMessage(
        3, LogLevel.Warning, "Runs of a few tokens are launched kernel by kernel, because ONNX Runtime cannot capture {Graph}: {Problem}")]
    public static partial void NotCaptured(this ILogger logger, string graph, string problem);

    [LoggerMessage(
        4, LogLevel.Information,
        "Each graph packs its weights for itself, which takes more memory: ONNX Runtime cannot share those of {Graph}: {Problem}")]
    public static partial void PackedApart(this ILogger logger, string graph, string problem);
}
