using System.Collections.Concurrent;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>What this server has measured: how fast it computes prompts, and how fast others send. Thread-safe.</summary>
internal sealed class TransferRates(TimeProvider time)
{
    // A shorter prompt says more about the wait for its step than about the rate.
    private const int FewestTokens = 64;
    private const double Weight = 0.3;
    private static readonly TimeSpan Lasting = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, (double BytesPerSecond, long Since)> _peers = new(StringComparer.Ordinal);
    private double _tokensPerSecond;

    /// <summary>Tokens of prompts a second, the wait for a place included; 0 while nothing was measured.</summary>
    public double TokensPerSecond
    {
        get
        {
            lock (_gate)
            {
                return _tokensPerSecond;
            }
        }
    }

    /// <summary>Takes in how long a prompt took.</summary>
    public void Computed(int tokens, TimeSpan elapsed)
    {
        if (tokens < FewestTokens || elapsed <= TimeSpan.Zero)
        {
            return;
        }

        double rate = tokens / elapsed.TotalSeconds;
        lock (_gate)
        {
            _tokensPerSecond = _tokensPerSecond == 0 ? rate : ((1 - Weight) * _tokensPerSecond) + (Weight * rate);
        }
    }

    /// <summary>Bytes a second from another server; null while that is not known, or was measured too long ago.</summary>
    public double? BytesPerSecond(string peer) =>
        _peers.TryGetValue(peer, out (double BytesPerSecond, long Since) known) && time.GetElapsedTime(known.Since) < Lasting
            ? known.BytesPerSecond
            : null;

    /// <summary>Takes in how long bytes took from another server.</summary>
    /// <remarks>One transfer that was slow, as the first one is, does not decide about all others.</remarks>
    public void Received(string peer, long bytes, TimeSpan elapsed)
    {
        double rate = bytes / Math.Max(elapsed.TotalSeconds, 1e-6);
        rate = BytesPerSecond(peer) is { } before ? ((1 - Weight) * before) + (Weight * rate) : rate;
        _peers[peer] = (rate, time.GetTimestamp());
    }

    /// <summary>
    /// Whether to fetch rows is quicker than to compute them: bytes ÷ bandwidth &lt; tokens ÷ rate, whatever their number.
    /// </summary>
    /// <param name="bytesPerToken">Keys and values of one token.</param>
    /// <param name="bytesPerSecond">How fast they come.</param>
    /// <param name="tokensPerSecond">How fast they are computed; 0 for not known, and then they are.</param>
    public static bool IsWorthFetching(long bytesPerToken, double bytesPerSecond, double tokensPerSecond) =>
        tokensPerSecond > 0 && bytesPerToken / bytesPerSecond < 1 / tokensPerSecond;
}
