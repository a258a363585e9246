using System.Globalization;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>One line when a stage begins, then one every ten seconds, for logs and redirected output.</summary>
internal sealed class ProgressLines(TextWriter writer, TimeProvider clock) : IProgress<ProgressState>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(2);

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
                writer.WriteLine(value.IsMeasured ? $"{value.Stage} ({value.Amount(value.Total)})" : value.Stage);
            }
            else if (value.IsMeasured && clock.GetElapsedTime(_lastLine) >= Interval)
            {
                _lastLine = clock.GetTimestamp();
                writer.WriteLine($"{value.Stage}: {Amounts(value, clock.GetElapsedTime(_stageBegan))}");
            }
        }
    }

    /// <summary>How much is done, how fast it goes, and how long the rest takes.</summary>
    /// <param name="value">The state.</param>
    /// <param name="elapsed">How long the stage has taken so far.</param>
    /// <param name="isLong">Whether amounts and speed are told besides the share and the rest.</param>
    public static string Amounts(ProgressState value, TimeSpan elapsed, bool isLong = true)
    {
        // What the first moments give for the rest is off by far.
        double rate = elapsed >= LeastTime ? value.Done / elapsed.TotalSeconds : 0;
        string rest = rate > 0
            ? (isLong ? $", {value.Amount(rate)}/s, " : ", ")
                + TimeSpan.FromSeconds((value.Total - value.Done) / rate).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture) + " left"
            : "";
        string all = isLong ? $" of {value.Amount(value.Total)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{100.0 * value.Done / value.Total:0} %{all}{rest}");
    }
}
