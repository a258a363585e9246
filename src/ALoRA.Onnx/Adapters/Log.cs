using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Adapters;

/// <summary>Messages about adapters that come and go, with stable event ids from 10 on.</summary>
internal static partial class Log
{
    [LoggerMessage(10, LogLevel.Information, "Loaded the adapter {Adapter} ({Kind}, {Bytes} bytes).")]
    public static partial void AdapterLoaded(this ILogger logger, string adapter, AdapterKind kind, long bytes);

    [LoggerMessage(11, LogLevel.Information, "Unloaded the adapter {Adapter}.")]
    public static partial void AdapterUnloaded(this ILogger logger, string adapter);

    [LoggerMessage(
        12, LogLevel.Warning,
        "The adapter {Adapter} belongs to the base {AdapterBase}, not to {ModelBase}; it is loaded because the options allow it.")]
    public static partial void OtherBaseAllowed(this ILogger logger, string adapter, string adapterBase, string modelBase);

    [LoggerMessage(13, LogLevel.Information, "The adapter {Adapter} is in place {Slot} of the table of operators ({Bytes} bytes).")]
    public static partial void AdapterPlaced(this ILogger logger, string adapter, int slot, long bytes);

    [LoggerMessage(
        14, LogLevel.Warning,
        "There is no table of operators for the adapter {Adapter}, so that it is computed node by node: {Problem} Use fewer or smaller "
        + "adapters.")]
    public static partial void NoTable(this ILogger logger, string adapter, string problem);
}
