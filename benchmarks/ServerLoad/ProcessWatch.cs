using System.Diagnostics;
using System.Globalization;

namespace ALoRA.Onnx.ServerLoad;

/// <summary>Samples memory, handles and threads of a process once a second.</summary>
internal sealed class ProcessWatch : IDisposable
{
    private readonly Process _process;
    private readonly Timer _timer;
    private readonly List<Sample> _samples = [];
    private readonly Stopwatch _time = Stopwatch.StartNew();

    public ProcessWatch(int id)
    {
        _process = Process.GetProcessById(id);
        _timer = new Timer(_ => Take(), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>Prints first and last values, and the slopes over the second half.</summary>
    public void Print(TextWriter output)
    {
        lock (_samples)
        {
            Print(output, "resident MiB", sample => sample.Memory);
            Print(output, "handles", sample => sample.Handles);
            Print(output, "threads", sample => sample.Threads);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _process.Dispose();
    }

    private void Take()
    {
        lock (_samples)
        {
            _process.Refresh();
            if (!_process.HasExited)
            {
                _samples.Add(new Sample(
                    _time.Elapsed.TotalMinutes, _process.WorkingSet64 / (double)(1 << 20), _process.HandleCount, _process.Threads.Count));
            }
        }
    }

    private void Print(TextWriter output, string name, Func<Sample, double> value)
    {
        List<Sample> half = _samples[(_samples.Count / 2)..];
        double minutes = half.Average(sample => sample.Minutes);
        double mean = half.Average(value);
        double slope = half.Sum(sample => (sample.Minutes - minutes) * (value(sample) - mean))
            / Math.Max(half.Sum(sample => Math.Pow(sample.Minutes - minutes, 2)), double.Epsilon);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {value(_samples[0]):f0} at first, {value(_samples[^1]):f0} at last, slope of the second half {slope:f2} a minute"));
    }

    private readonly record struct Sample(double Minutes, double Memory, double Handles, double Threads);
}
