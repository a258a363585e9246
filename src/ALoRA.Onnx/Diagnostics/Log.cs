using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Diagnostics;

/// <summary>Every log message of the library, with stable event ids.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Opened {Folder}: {Architecture}, {Precision}, {Threads} threads, {Milliseconds:F0} ms.")]
    public static partial void ModelOpened(this ILogger logger, string folder, string architecture, string precision, int threads, double milliseconds);

    [LoggerMessage(2, LogLevel.Information, "The model runs on {Provider}: {Reason}.")]
    public static partial void ProviderChosen(this ILogger logger, string provider, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Runs of a few tokens are launched kernel by kernel, because ONNX Runtime cannot capture {Graph}: {Problem}")]
    public static partial void NotCaptured(this ILogger logger, string graph, string problem);

    [LoggerMessage(10, LogLevel.Information, "Loaded the adapter {Adapter} ({Kind}, {Bytes} bytes).")]
    public static partial void AdapterLoaded(this ILogger logger, string adapter, AdapterKind kind, long bytes);

    [LoggerMessage(11, LogLevel.Information, "Unloaded the adapter {Adapter}.")]
    public static partial void AdapterUnloaded(this ILogger logger, string adapter);

    [LoggerMessage(12, LogLevel.Warning, "The adapter {Adapter} belongs to the base {AdapterBase}, not to {ModelBase}; it is loaded because the options allow it.")]
    public static partial void OtherBaseAllowed(this ILogger logger, string adapter, string adapterBase, string modelBase);

    [LoggerMessage(20, LogLevel.Debug, "Prefill: {Reused} tokens reused, {Computed} computed in {Milliseconds:F1} ms.")]
    public static partial void Prefilled(this ILogger logger, int reused, int computed, double milliseconds);

    [LoggerMessage(21, LogLevel.Debug, "Generated {Generated} tokens ({FinishReason}), {Milliseconds:F2} ms a token.")]
    public static partial void Generated(this ILogger logger, int generated, FinishReason finishReason, double milliseconds);

    [LoggerMessage(22, LogLevel.Debug, "Invoked {Adapter}: {Reused} tokens reused, {Computed} computed, first token after {Milliseconds:F1} ms.")]
    public static partial void Invoked(this ILogger logger, string adapter, int reused, int computed, double milliseconds);

    [LoggerMessage(23, LogLevel.Warning, "{Folder} has no fanout.onnx, so that adapters are asked one after another. Export the model again to have them computed together.")]
    public static partial void NoFanout(this ILogger logger, string folder);
}
