using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Options of requests that are ignored, where the client is told to: each is logged once. Thread-safe.</summary>
/// <param name="logger">Where to.</param>
internal sealed class PassedOverOptions(ILogger logger)
{
    // Names come with requests, so that there may be any number of them.
    private const int MostNames = 100;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

    /// <summary>Notes one.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="why">Why it has no effect.</param>
    public void Add(string name, string why)
    {
        if (_seen.Count < MostNames && _seen.TryAdd(name, true))
        {
            Log.OptionIgnored(logger, name, why);
        }
    }
}

/// <summary>What requests are logged with. Ids 300 to 309.</summary>
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Warning, "{Option} of a request is ignored: {Reason}. This is said once; with Strict it is refused.")]
    public static partial void OptionIgnored(ILogger logger, string option, string reason);
}
