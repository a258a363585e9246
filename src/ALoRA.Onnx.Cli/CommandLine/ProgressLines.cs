using System.Globalization;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>One line when a stage begins, then one every ten seconds, for logs and redirected output.</summary>
internal sealed class ProgressLines(TextWriter writer, TimeProvider clock) : IProgress<ProgressState>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private string? _stage;
    private long _stageBegan;
    private long _lastLine;

    public void Report(ProgressState value)
    {
        lock (_lock)
        {
            if (_stage != value.Stage)
            {
                _stage = value.Stage;
                _stageBegan = _lastLine = clock.GetTimestamp();
                writer.WriteLine(value.BytesTotal > 0 ? $"{value.Stage} ({ByteSize.Format(value.BytesTotal)})" : value.Stage);
            }
            else if (value.BytesTotal > 0 && clock.GetElapsedTime(_lastLine) >= Interval)
            {
                _lastLine = clock.GetTimestamp();
                writer.WriteLine(Describe(value, clock.GetElapsedTime(_stageBegan)));
            }
        }
    }

    private static string Describe(ProgressState value, TimeSpan elapsed)
    {
        double rate = value.BytesDone / elapsed.TotalSeconds;
        string remaining = rate > 0
            ? TimeSpan.FromSeconds((value.BytesTotal - value.BytesDone) / rate).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)
            : "unknown";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Stage}: {100.0 * value.BytesDone / value.BytesTotal:0} % of {ByteSize.Format(value.BytesTotal)}, "
            + $"{ByteSize.Format(rate)}/s, {remaining} left");
    }
}
