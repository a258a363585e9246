using System.Diagnostics;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Models;

/// <summary>What an engine is told its runs cost: a file's table, or one that is measured before anybody asks.</summary>
internal static class MeasuredCosts
{
    // Rows before each run: enough that memory is read as in an engine, and few enough that a slow model has them soon.
    private const int Context = 64;

    private static readonly int[] RowCounts = [1, 2, 4, 8, 16, 32];
    private static readonly int[] ChunkSizes = [16, 64, 256];

    /// <summary>Reads or measures the table.</summary>
    /// <returns>Null where nothing is to be measured, or can be: the engine assumes something and corrects it then.</returns>
    /// <exception cref="ModelFormatException">The file is no table of costs.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<StepCosts?> OfAsync(
        AloraModel model, ServerOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        if (options.CostsFile is { } file)
        {
            return StepCosts.Load(file);
        }

        if (options.MeasureTime == TimeSpan.Zero)
        {
            return null;
        }

        try
        {
            long started = Stopwatch.GetTimestamp();
            StepCosts costs = await MeasureAsync(model, options, cancellationToken).ConfigureAwait(false);
            CostCurve rows = costs.BaseRows;
            logger.Measured(
                Stopwatch.GetElapsedTime(started).TotalSeconds, rows.Points[0].Milliseconds, rows.Points[^1].Count,
                rows.Points[^1].Milliseconds, costs.Chunks.Points[^1].Count, costs.Chunks.Points[^1].Milliseconds);
            return costs;
        }
        catch (InsufficientMemoryException exception)
        {
            logger.NotMeasured(exception.Message);
            return null;
        }
    }

    // A run that something else on the machine disturbs takes longer, none takes less than it costs: of several rounds the least counts.
    private static async Task<StepCosts> MeasureAsync(AloraModel model, ServerOptions options, CancellationToken cancellationToken)
    {
        int context = Math.Max(1, Math.Min(Context, model.MaxLength / 4));
        using StepCostMeter meter = new(model, new StepCostMeterOptions
        {
            Rows = [.. RowCounts.Where(rows => rows <= options.MaxRows)],
            Chunks = [.. ChunkSizes.Where(chunk => context + chunk <= model.MaxLength).DefaultIfEmpty(1)],
            ContextTokens = context,
        });
        long started = Stopwatch.GetTimestamp();
        StepCosts costs = await meter.MeasureAsync(options.MeasureTime, cancellationToken).ConfigureAwait(false);

        // Another round takes about as long as one of those before, less what was needed once.
        for (int rounds = 1; Stopwatch.GetElapsedTime(started) * (rounds + 1) / rounds < options.MeasureTime; rounds++)
        {
            costs = LeastOf(costs, await meter.MeasureAsync(options.MeasureTime, cancellationToken).ConfigureAwait(false));
        }

        return costs;
    }

    private static StepCosts LeastOf(StepCosts one, StepCosts other) => new(
        LeastOf(one.BaseRows, other.BaseRows), LeastOf(one.AdaptedRows, other.AdaptedRows), LeastOf(one.Chunks, other.Chunks));

    private static CostCurve LeastOf(CostCurve one, CostCurve other) =>
        new(one.Points.Concat(other.Points).GroupBy(point => point.Count).Select(group => group.MinBy(point => point.Milliseconds)));
}
