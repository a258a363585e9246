using ALoRA.Onnx.Cluster.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>Keeps the table of members up to date, and tells the others how this server does, a few times a second.</summary>
internal sealed class Reporter(
    IServiceProvider services, AloraClusterOptions options, NodeTable table, ClusterState state, HostedRuns runs, INodes nodes,
    TimeProvider time, ILogger<Reporter> logger)
    : BackgroundService
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private (bool IsReady, string Fingerprint, long Load, bool HasNews) _said;
    private long _reported;

    /// <summary>Tells the others at once, such as that this server stops.</summary>
    public void ReportNow()
    {
        if (table.Self is { } self)
        {
            _said = state.Standing;
            _reported = time.GetTimestamp();
            NodeReport report = state.Report(self);
            foreach (SiloAddress member in table.Members)
            {
                if (!member.Equals(self))
                {
                    Send(member, report);
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ISiloStatusOracle oracle = services.GetRequiredService<ISiloStatusOracle>();
        using PeriodicTimer timer = new(options.ReportInterval, time);
        long swept = time.GetTimestamp();
        try
        {
            do
            {
                if (ReadMembers(oracle) || IsDue())
                {
                    ReportNow();
                }

                if (time.GetElapsedTime(swept) >= SweepInterval)
                {
                    swept = time.GetTimestamp();
                    await runs.SweepAsync(oracle.IsDeadSilo).ConfigureAwait(false);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
        }
    }

    // Nothing new is said once a second, so that the others know that this server is there.
    private bool IsDue() => time.GetElapsedTime(_reported) >= SweepInterval || state.Standing != _said;

    /// <returns>Whether anyone joined or left.</returns>
    private bool ReadMembers(ISiloStatusOracle oracle)
    {
        SiloAddress self = oracle.SiloAddress;
        SiloAddress[] active = state.Lost is null
            ? [.. oracle.GetApproximateSiloStatuses(onlyActive: true).Keys]
            : [];
        IReadOnlyList<SiloAddress> before = table.Members;
        table.SetMembers(self, active);
        foreach (SiloAddress joined in active.Except(before))
        {
            logger.Joined(joined.Endpoint, active.Length);
        }

        foreach (SiloAddress left in before.Except(active))
        {
            logger.Left(left.Endpoint, active.Length);
        }

        return active.Length != before.Count || active.Except(before).Any();
    }

    // Nobody waits for an answer: the next report makes a lost one good.
    private void Send(SiloAddress member, NodeReport report)
    {
        try
        {
            _ = nodes.At(member).Report(report).ContinueWith(
                task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
        catch (OrleansException exception)
        {
            logger.NotReported(member.Endpoint, exception.Message);
        }
    }
}
