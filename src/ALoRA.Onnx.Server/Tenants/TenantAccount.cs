namespace ALoRA.Onnx.Server.Tenants;

/// <summary>
/// What one key has used: requests that run, and tokens, of which it gets some every minute and may save a minute's worth.
/// A request costs what it took once it has ended, so that an account can be overdrawn; then it waits until it is even. Thread-safe.
/// </summary>
internal sealed class TenantAccount(long? tokensPerMinute, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _tokens = tokensPerMinute ?? 0;
    private long _since = time.GetTimestamp();
    private int _running;

    /// <summary>Begins a request, unless the tenant has too many or has to wait for tokens.</summary>
    /// <param name="mostRequests">Requests at the same time at most; null for any number.</param>
    /// <param name="wait">How long until there are tokens again; zero if the requests are what there is too much of.</param>
    /// <returns>Whether it began.</returns>
    public bool TryBegin(int? mostRequests, out TimeSpan wait)
    {
        lock (_gate)
        {
            Refill();
            wait = tokensPerMinute is long rate && _tokens <= 0
                ? TimeSpan.FromMinutes((1 - _tokens) / rate)
                : TimeSpan.Zero;
            if (wait > TimeSpan.Zero || _running >= mostRequests)
            {
                return false;
            }

            _running++;
            return true;
        }
    }

    /// <summary>Ends a request.</summary>
    /// <param name="tokens">What it took.</param>
    public void End(long tokens)
    {
        lock (_gate)
        {
            _running--;
            _tokens -= tokens;
        }
    }

    private void Refill()
    {
        if (tokensPerMinute is long rate)
        {
            long now = time.GetTimestamp();
            _tokens = Math.Min(rate, _tokens + (time.GetElapsedTime(_since, now).TotalMinutes * rate));
            _since = now;
        }
    }
}
