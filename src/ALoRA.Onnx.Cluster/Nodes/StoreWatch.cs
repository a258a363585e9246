using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>Asks the store for this server's own row now and then, so that an outage is told where an operator looks.</summary>
internal sealed class StoreWatch(
    IServiceProvider services, AloraClusterOptions options, ClusterState state, TimeProvider time, ILogger<StoreWatch> logger)
    : BackgroundService
{
    private const int Misses = 2;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IMembershipTable store = services.GetRequiredService<IMembershipTable>();
        SiloAddress self = services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        using PeriodicTimer timer = new(options.TableRefresh, time);
        int missed = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                try
                {
                    await store.ReadRowAsync(self, stoppingToken).WaitAsync(options.TableRefresh, time, stoppingToken).ConfigureAwait(false);
                    if (missed >= Misses)
                    {
                        logger.StoreBack();
                    }

                    missed = 0;
                    state.StoreProblem = null;
                }
#pragma warning disable CA1031 // Each store has exceptions of its own.
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    if (++missed == Misses)
                    {
                        // The client's own words may hold the address and what it was opened with.
                        string problem = exception.GetType().Name;
                        state.StoreProblem = problem;
                        logger.StoreGone(problem);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
