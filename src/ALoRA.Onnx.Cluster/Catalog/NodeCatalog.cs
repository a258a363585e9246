using System.Collections.Concurrent;
using ALoRA.Onnx.Cluster.Transfer;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Catalog;

/// <summary>
/// Has this server serve what the catalogue says. What is not wanted anymore is taken away at once, what is wanted when it has come and its
/// hash is right. Thread-safe.
/// </summary>
internal sealed class NodeCatalog(
    ServedModel served, AdapterLoader loader, AdapterFetcher fetcher, TimeProvider time, ILogger<NodeCatalog> logger) : IDisposable
{
    // Requests that run on an adapter that was taken away have so long before they are waited for again.
    private static readonly TimeSpan WhileInUse = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _owned = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _reserved = new(StringComparer.Ordinal);
    private CatalogState _wanted = new();
    private Task? _work;
    private long _workVersion = -1;

    /// <summary>The newest version that this server was told of.</summary>
    public CatalogState Wanted
    {
        get
        {
            lock (_gate)
            {
                return _wanted;
            }
        }
    }

    /// <summary>Adapters that are not served although they should be, and why.</summary>
    public IReadOnlyDictionary<string, string> Problems => _problems;

    /// <summary>Does as a version says, unless a newer one is known.</summary>
    /// <param name="state">The version.</param>
    /// <param name="patience">How long to wait for the end of it; it goes on afterwards.</param>
    public async Task<CatalogStanding> ApplyAsync(CatalogState state, TimeSpan patience)
    {
        Task work;
        lock (_gate)
        {
            if (state.Version > _wanted.Version)
            {
                _wanted = state;
            }

            Withdraw(_wanted);
            if (_work is null || _work.IsCompleted || _workVersion < _wanted.Version)
            {
                _workVersion = _wanted.Version;
                _work = Task.Run(WorkAsync);
            }

            work = _work;
        }

        await Task.WhenAny(work, Task.Delay(patience, time)).ConfigureAwait(false);
        return new CatalogStanding { IsDone = work.IsCompleted, Problems = new Dictionary<string, string>(_problems) };
    }

    /// <summary>Leaves a name alone that this server is loading, until what is returned is disposed.</summary>
    public IDisposable Reserve(string name)
    {
        _reserved[name] = 0;
        return new Reserved(_reserved, name);
    }

    /// <summary>Counts an adapter that this server has loaded by itself as one of the catalogue's.</summary>
    public void Adopt(string name, CatalogState state)
    {
        lock (_gate)
        {
            _owned[name] = 0;
            _wanted = state.Version > _wanted.Version ? state : _wanted;
        }
    }

    /// <summary>Serves none of the catalogue's adapters until the next version, or the same once more, is told.</summary>
    public void Doubt(string why)
    {
        if (served.Current is { } opened)
        {
            foreach (string name in _owned.Keys)
            {
                opened.Adapters.Miss(name, why);
            }
        }
    }

    public void Dispose() => _one.Dispose();

    private bool IsFree(string name) => !_reserved.ContainsKey(name);

    // At once, whatever else is going on: nobody may start what is not wanted anymore.
    private void Withdraw(CatalogState state)
    {
        if (served.Current is not { } opened)
        {
            return;
        }

        foreach (string name in _owned.Keys.Where(IsFree))
        {
            if (state.Adapters.GetValueOrDefault(name)?.Hash is not { } hash)
            {
                opened.Adapters.Withdraw(name);
            }
            else if (HashOf(opened, name) is { } other && other != hash)
            {
                opened.Adapters.Miss(name, "another version of it is served here, which requests may still use.");
            }
        }

        foreach ((string name, CatalogEntry entry) in state.Adapters)
        {
            if (entry.Hash is null && IsFree(name))
            {
                opened.Adapters.Withdraw(name);
                _owned[name] = 0;
            }
        }
    }

    private async Task WorkAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            CatalogState state = Wanted;
            foreach (string name in _owned.Keys.Where(IsFree).Where(name => state.Adapters.GetValueOrDefault(name)?.Hash is null))
            {
                _problems.TryRemove(name, out _);
                if (await loader.RetireAsync(served.Lease, name, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false)
                    && !state.Adapters.ContainsKey(name))
                {
                    _owned.TryRemove(name, out _);
                }
            }

            foreach ((string name, CatalogEntry entry) in state.Adapters.Where(pair => pair.Value.Hash is not null && IsFree(pair.Key)))
            {
                await HaveAsync(name, entry.Hash!, entry.Path).ConfigureAwait(false);
            }
        }
        catch (ApiError)
        {
            // The model is closed, or is being replaced: the next round finds it open.
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task HaveAsync(string name, string hash, string? path)
    {
        _owned[name] = 0;
        if (served.Current is not { } opened)
        {
            return;
        }

        if (HashOf(opened, name) == hash)
        {
            opened.Adapters.Restore(name);
            _problems.TryRemove(name, out _);
            return;
        }

        string? problem = await loader.RetireAsync(served.Lease, name, WhileInUse, CancellationToken.None).ConfigureAwait(false)
            ? await LoadAsync(name, hash, path).ConfigureAwait(false)
            : "requests still use another version of it.";
        if (problem is null)
        {
            _problems.TryRemove(name, out _);
            logger.Loaded(name, hash);
            return;
        }

        opened.Adapters.Miss(name, problem);
        if (!_problems.TryGetValue(name, out string? before) || before != problem)
        {
            logger.Lags(name, hash, problem);
        }

        _problems[name] = problem;
    }

    // From this server's own adapters, where they are the same, or from another server.
    private async Task<string?> LoadAsync(string name, string hash, string? path)
    {
        string? own = null;
        try
        {
            if (path is not null)
            {
                await loader.LoadAsync(served.Lease, name, path, hash, CancellationToken.None).ConfigureAwait(false);
                return null;
            }
        }
        catch (Exception exception) when (exception is ApiError or IOException or ArgumentException)
        {
            own = exception.Message;
        }

        (string? folder, string? why) = await fetcher.FetchAsync(hash, CancellationToken.None).ConfigureAwait(false);
        if (folder is null)
        {
            return own is null ? why : $"{why} Of its own adapters: {own}";
        }

        try
        {
            await loader.LoadFetchedAsync(served.Lease, name, folder, hash, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (exception is ApiError or IOException or ArgumentException)
        {
            return exception.Message;
        }
    }

    // Of what is in memory alone: what is not, is not served by this name.
    private static string? HashOf(OpenedModel opened, string name) =>
        opened.Model.Adapters.LoadedNames.Contains(name, StringComparer.Ordinal) ? opened.Model.Adapters.Get(name).ContentHash : null;

    private sealed class Reserved(ConcurrentDictionary<string, byte> names, string name) : IDisposable
    {
        public void Dispose() => names.TryRemove(name, out _);
    }
}
