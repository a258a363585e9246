using System.Diagnostics;

namespace ALoRA.Onnx.Export.Settings;

/// <summary>Counts bytes from any thread and passes the count on about ten times a second.</summary>
internal sealed class ProgressMeter(IProgress<ExportProgress>? progress)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private ExportStage _stage;
    private long _done;
    private long _total;
    private long _started;
    private long _reported;

    /// <summary>Begins a stage with so many bytes to read.</summary>
    public void Begin(ExportStage stage, long total)
    {
        lock (_lock)
        {
            (_stage, _done, _total) = (stage, 0, total);
            _started = _reported = Stopwatch.GetTimestamp();
            Report();
        }
    }

    /// <summary>Counts bytes that were read.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
        {
            _done += bytes;
            if (_done >= _total || Stopwatch.GetElapsedTime(_reported) >= Interval)
            {
                _reported = Stopwatch.GetTimestamp();
                Report();
            }
        }
    }

    private void Report()
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        double rate = seconds > 0 ? _done / seconds : 0;
        TimeSpan? remaining = _done > 0 && rate > 0 ? TimeSpan.FromSeconds((_total - _done) / rate) : null;
        progress?.Report(new ExportProgress(_stage, _done, _total, rate, remaining));
    }
}
