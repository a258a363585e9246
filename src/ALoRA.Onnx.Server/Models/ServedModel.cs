using ALoRA.Onnx.Server.Errors;
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
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private OpenedModel? _current;

    public ServedModel(ServerOptions options, ILoggerFactory loggers)
    {
        _options = options;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ServedModel>();
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
            OpenedModel? old;
            lock (_gate)
            {
                old = _current;
                _current = opened;
                _leases.TryAdd(opened, 0);
            }

            _logger.Serving(opened.Name, opened.Model.Folder);
            FreeIfUnused(old);
        }
        finally
        {
            _replacing.Release();
        }
    }

    /// <summary>Frees every model, also those that requests still have.</summary>
    public async ValueTask DisposeAsync()
    {
        OpenedModel[] all;
        lock (_gate)
        {
            _current = null;
            all = [.. _leases.Keys];
            _leases.Clear();
        }

        foreach (OpenedModel opened in all)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
        }

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
        }

        _ = FreeAsync(opened);
    }

    private async Task FreeAsync(OpenedModel opened)
    {
        await opened.DisposeAsync().ConfigureAwait(false);
        _logger.Freed(opened.Name, opened.Model.Folder);
    }
}
