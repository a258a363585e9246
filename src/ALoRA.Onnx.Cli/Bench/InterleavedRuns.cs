using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Measures several figures in turns, so that all of them see the same machine.</summary>
internal sealed class InterleavedRuns(IProgress<ProgressState> progress)
{
    /// <summary>
    /// Runs every figure once to warm up and then so many times as wanted, and adds the measurements to the figures' models.
    /// </summary>
    /// <param name="length">Tokens of the conversation.</param>
    /// <param name="repetitions">Measured runs.</param>
    /// <param name="figures">The figures.</param>
    /// <param name="isWarm">Whether no run is needed to warm up.</param>
    public async Task MeasureAsync(int length, int repetitions, IReadOnlyList<Figure> figures, bool isWarm = false)
    {
        string names = string.Join(", ", figures.Select(figure => figure.Name).Distinct());
        string step = length == 0
            ? $"Measuring: {names}"
            : string.Create(CultureInfo.InvariantCulture, $"Measuring at {length:N0} tokens: {names}");
        progress.Report(new ProgressState(step, 0, 0));
        double[][] values = [.. figures.Select(_ => new double[repetitions])];
        for (int round = isWarm ? 0 : -1; round < repetitions; round++)
        {
            for (int turn = 0; turn < figures.Count; turn++)
            {
                // Every other round goes backwards, so that none always follows the same one.
                int side = int.IsOddInteger(round) ? figures.Count - 1 - turn : turn;
                double value = await figures[side].RunAsync();
                if (round >= 0)
                {
                    values[side][round] = value;
                }
            }
        }

        foreach ((Figure figure, double[] all) in figures.Zip(values))
        {
            figure.Subject.Add(new Measurement(figure.Name, length, figure.Unit, all, figure.Baseline));
        }
    }
}
