using ALoRA.Onnx.Server.Lifetime;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// Stops the server where Orleans would end the process: one that the others have declared dead, such as after a long pause, answers what
/// its own clients have asked, and is then started again by whoever watches it.
/// </summary>
internal sealed class LostMembership(
    ClusterState state, NodeTable table, HostedRuns runs, StopCause stop, IHostApplicationLifetime lifetime,
    ILogger<LostMembership> logger)
    : IFatalErrorHandler
{
    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => exception is not (OperationCanceledException or ObjectDisposedException);

    /// <inheritdoc/>
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        string problem = exception?.Message ?? context ?? "It was declared dead.";
        if (lifetime.ApplicationStopping.IsCancellationRequested || state.Lost is not null)
        {
            return;
        }

        state.Lost = problem;
        table.SetMembers(self: null, []);
        logger.Lost(problem);
        stop.Set(new InvalidOperationException(
            $"This server is no member of the cluster anymore: {problem} Start it again; it joins as a new one.", exception));

        // Others have gone on without it, and whatever it computes for them is not read.
        _ = runs.HandOverAsync();
        lifetime.StopApplication();
    }
}
