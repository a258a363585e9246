using System.Diagnostics;

namespace ALoRA.Onnx.Export.Adapters.Matching;

/// <summary>Time that all regular expressions of one adapter may take together, so that a hostile one cannot hang the conversion.</summary>
/// <remarks>Ordinary expressions take microseconds. Not thread-safe.</remarks>
internal sealed class MatchBudget
{
    /// <summary>Longest time of a single match.</summary>
    public static readonly TimeSpan PerMatch = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Total = TimeSpan.FromSeconds(2);

    private readonly Stopwatch _used = new();

    /// <exception cref="TimeoutException">The time is used up.</exception>
    public T Spend<T>(Func<T> match)
    {
        _used.Start();
        try
        {
            T result = match();
            return _used.Elapsed <= Total ? result : throw new TimeoutException();
        }
        finally
        {
            _used.Stop();
        }
    }
}
