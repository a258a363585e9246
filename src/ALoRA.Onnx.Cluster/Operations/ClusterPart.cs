using ALoRA.Onnx.Cluster.Catalog;
using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Server.Lifetime;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Operations;

/// <summary>The cluster's part in the server's readiness and its end.</summary>
internal sealed class ClusterPart(
    ClusterState state, HostedRuns runs, Reporter reporter, PrefixOffers offers, ClusterCatalog catalog, TimeProvider time,
    ILogger<ClusterPart> logger)
    : IServerPart
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public string? Degraded => state.Lost is not null ? "This server is no member of the cluster anymore and is going to stop."
        : state.StoreProblem is { } problem
            ? $"The store where servers find each other can't be reached ({problem}): no server can join, and none is declared dead."
        : null;

    /// <inheritdoc/>
    public string? NotReady => catalog.IsSettled ? null : "The cluster's adapters are not here yet.";

    /// <inheritdoc/>
    public void BeginDrain()
    {
        reporter.ReportNow();
        offers.Begin();
    }

    /// <inheritdoc/>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (runs.Unfinished > 0)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
        }

        await offers.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task HandOverAsync()
    {
        int count = runs.Unfinished;
        await runs.HandOverAsync().ConfigureAwait(false);
        logger.HandedOver(count);

        // Readers ask at least once in this time, and hear that they are to go on elsewhere.
        await Task.Delay(HostedRuns.Patience, time).ConfigureAwait(false);
    }
}
