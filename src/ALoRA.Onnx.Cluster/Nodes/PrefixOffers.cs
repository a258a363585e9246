using ALoRA.Onnx.Cluster.Wire;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// While this server stops, has those that take over its conversations fetch their rows, so that the next turn of each finds them. The
/// newest go first, as far as the time suffices. Thread-safe.
/// </summary>
internal sealed class PrefixOffers(
    RecentPrompts recent, NodeTable table, INodes nodes, TimeProvider time, ILogger<PrefixOffers> logger)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private Task? _offering;

    /// <summary>Completes when everything is given away that there was time for, or at once where nothing is; never fails.</summary>
    public Task Done => _offering ?? Task.CompletedTask;

    /// <summary>Begins, unless it has begun.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _offering ??= Task.Run(OfferAsync);
        }
    }

    private async Task OfferAsync()
    {
        long started = time.GetTimestamp();
        int taken = 0;
        SiloAddress? self = table.Self;
        foreach (RunEnvelope prompt in recent.Newest)
        {
            if (self is null || time.GetElapsedTime(started) > Longest
                || table.Choose(prompt.Key, 0, prompt.Fingerprint, takesOwn: false).Node is not { } heir)
            {
                break;
            }

            try
            {
                await nodes.At(heir).Offer(prompt with { Run = Guid.NewGuid(), Previous = self, Reader = self })
                    .WaitAsync(Longest, time).ConfigureAwait(false);
                taken++;
            }
            catch (Exception exception) when (exception is OrleansException or TimeoutException or ObjectDisposedException)
            {
                logger.NotOffered(heir.Endpoint, exception.Message);
                break;
            }
        }

        logger.Offered(taken);
    }
}
