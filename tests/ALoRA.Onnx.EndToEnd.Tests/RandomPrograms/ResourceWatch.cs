using System.Diagnostics;
using System.Globalization;

namespace ALoRA.Onnx.EndToEnd.Tests.RandomPrograms;

/// <summary>Notes what the process holds while a soak runs, and how fast it grows. One thread at a time.</summary>
internal sealed class ResourceWatch
{
    private readonly List<Sample> _samples = [];

    /// <summary>Notes what is held now and gives it as a line.</summary>
    public string Note(double seconds)
    {
        using Process process = Process.GetCurrentProcess();
        Sample sample = new(
            seconds, process.WorkingSet64 / (double)(1 << 20), GC.GetTotalMemory(false) / (double)(1 << 20), process.HandleCount,
            process.Threads.Count);
        _samples.Add(sample);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"resident {sample.Resident:F0} MiB, managed {sample.Managed:F0} MiB, handles {sample.Handles:F0}, "
            + $"threads {sample.Threads:F0}");
    }

    /// <summary>Growth a minute over the second half, when caches are full and code is compiled, by least squares.</summary>
    public string Slopes() => string.Create(
        CultureInfo.InvariantCulture,
        $"a minute, over the second half: resident {Slope(sample => sample.Resident):+0.00;-0.00} MiB, managed "
        + $"{Slope(sample => sample.Managed):+0.00;-0.00} MiB, handles {Slope(sample => sample.Handles):+0.00;-0.00}, threads "
        + $"{Slope(sample => sample.Threads):+0.00;-0.00}");

    private double Slope(Func<Sample, double> value)
    {
        Sample[] half = [.. _samples.Skip(_samples.Count / 2)];
        if (half.Length < 2)
        {
            return 0;
        }

        double seconds = half.Average(sample => sample.Seconds);
        double average = half.Average(value);
        return 60 * half.Sum(sample => (sample.Seconds - seconds) * (value(sample) - average))
            / half.Sum(sample => (sample.Seconds - seconds) * (sample.Seconds - seconds));
    }

    private readonly record struct Sample(double Seconds, double Resident, double Managed, double Handles, double Threads);
}
