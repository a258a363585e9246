using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Models;

/// <summary>
/// The model that new requests get. It can be replaced while requests run: those that have the old one end on it, and it is freed with the
/// last of them. Thread-safe.
/// </summary>
internal sealed class ServedModel : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _replacing = new(1);
    private readonly Dictionary<OpenedModel, int> _leases = [];
    private readonly ServerOptions _options;
    private readonly AdapterLoader _loader;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private OpenedModel? _current;
    private EngineStatistics _gone = new();
    private bool _isClosed;

    public ServedModel(ServerOptions options, AdapterLoader loader, ILoggerFactory loggers)
    {
        _options = options;
        _loader = loader;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ServedModel>();
    }

    /// <summary>The model of now; null if there is none yet, or none anymore. To be looked at, not to be computed with.</summary>
    public OpenedModel? Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Figures of the engine of now, and counters of those before.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                EngineStatistics old = _leases.Keys.Where(opened => opened != _current)
                    .Aggregate(_gone, (sum, opened) => StatisticsSum.Of(sum, opened.Engine.Statistics));
                return _current is null ? old : StatisticsSum.Of(_current.Engine.Statistics, old);
            }
        }
    }

    /// <summary>The model of now for one request, which disposes the lease.</summary>
    /// <exception cref="ApiError">503: there is none yet, or none anymore.</exception>
    public ModelLease Lease()
    {
        lock (_gate)
        {
            OpenedModel opened = _current ?? throw ApiError.Unavailable("The model is not open.", "model_closed");
            _leases[opened] = _leases.GetValueOrDefault(opened) + 1;
            return new ModelLease(opened, () => Release(opened));
        }
    }

    /// <summary>Opens the folder, again if it is open, and gives it to requests that come from now on.</summary>
    /// <inheritdoc cref="OpenedModel.OpenAsync"/>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _replacing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            OpenedModel opened = await OpenedModel.OpenAsync(_options, _loggers, cancellationToken).ConfigureAwait(false);
            OpenedModel? old = null;
            try
            {
                foreach ((string name, Exception problem) in
                    await _loader.CarryOverAsync(opened, () => old = Replace(opened), cancellationToken).ConfigureAwait(false))
                {
                    _logger.NotCarriedOver(name, problem.Message);
                }
            }
            catch
            {
                await opened.DisposeAsync().ConfigureAwait(false);
                _loader.Forget(opened);
                throw;
            }

            _logger.Serving(opened.Name, opened.Model.Folder);
            FreeIfUnused(old);
        }
        finally
        {
            _replacing.Release();
        }
    }

    private OpenedModel? Replace(OpenedModel opened)
    {
        lock (_gate)
        {
            // Closed while it was opened: it goes the way of one that was replaced.
            OpenedModel? old = _isClosed ? opened : _current;
            _current = _isClosed ? null : opened;
            _leases.TryAdd(opened, 0);
            return old;
        }
    }

    /// <summary>Cuts off every request and frees every model.</summary>
    public async Task CloseAsync()
    {
        OpenedModel[] all;
        lock (_gate)
        {
            _isClosed = true;
            _current = null;
            all = [.. _leases.Keys];
            _leases.Clear();
        }

        foreach (OpenedModel opened in all)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            _loader.Forget(opened);
        }
    }

    /// <inheritdoc cref="CloseAsync"/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _replacing.Dispose();
    }

    private void Release(OpenedModel opened)
    {
        lock (_gate)
        {
            if (!_leases.TryGetValue(opened, out int count))
            {
                return;
            }

            _leases[opened] = count - 1;
        }

        FreeIfUnused(opened);
    }

    private void FreeIfUnused(OpenedModel? opened)
    {
        lock (_gate)
        {
            if (opened is null || opened == _current || !_leases.TryGetValue(opened, out int count) || count > 0)
            {
                return;
            }

            _leases.Remove(opened);
            _gone = StatisticsSum.Of(_gone, StatisticsSum.CountersOf(opened.Engine.Statistics));
        }

        _ = FreeAsync(opened);
    }

    private async Task FreeAsync(OpenedModel opened)
    {
        await opened.DisposeAsync().ConfigureAwait(false);
        _loader.Forget(opened);
        _logger.Freed(opened.Name, opened.Model.Folder);
    }
}
