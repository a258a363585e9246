namespace ALoRA.Onnx.Server.Metrics;

/// <summary>How many durations lie below each bound, and their sum: a histogram of Prometheus. Thread-safe, without locks.</summary>
/// <param name="bounds">Upper bounds in seconds, ascending; what is above the last one is counted, too.</param>
internal sealed class Distribution(IReadOnlyList<double> bounds)
{
    private readonly long[] _counts = new long[bounds.Count + 1];
    private long _ticks;

    /// <summary>Upper bounds in seconds.</summary>
    public IReadOnlyList<double> Bounds => bounds;

    /// <summary>Adds a duration.</summary>
    public void Add(TimeSpan duration)
    {
        double seconds = duration.TotalSeconds;
        int bucket = 0;
        while (bucket < bounds.Count && seconds > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _ticks, duration.Ticks);
    }

    /// <summary>How many are at most as large as each bound, then how many there are, and the sum of all in seconds.</summary>
    public (long[] Cumulative, double Sum) Read()
    {
        long[] counts = new long[_counts.Length];
        long total = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            total += Volatile.Read(ref _counts[i]);
            counts[i] = total;
        }

        return (counts, TimeSpan.FromTicks(Volatile.Read(ref _ticks)).TotalSeconds);
    }
}
