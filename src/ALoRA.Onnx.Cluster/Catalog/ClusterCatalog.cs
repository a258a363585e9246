using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Catalog;

/// <summary>
/// The adapters of all servers: one that is loaded or unloaded here is everywhere before that is said, or it is said where it is not. Asks
/// for changes every second, and before a request where it could not for longer. Thread-safe.
/// </summary>
internal sealed class ClusterCatalog(
    IGrainFactory grains, CatalogClient nodes, NodeTable table, ClusterState state, NodeCatalog own, ServedModel served,
    AdapterLoader loader, TimeProvider time, ILogger<ClusterCatalog> logger)
    : BackgroundService, IAdapterCatalog
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A server that stood still for longer may have missed that it was given up, and what was loaded since.
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SpreadTime = TimeSpan.FromSeconds(30);

    // Requests on the version before may end, and a server that has it may answer.
    private static readonly TimeSpan ProblemTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private readonly long _started = time.GetTimestamp();
    private long _confirmed = time.GetTimestamp();
    private volatile bool _isSettled;
    private string? _problem;

    /// <summary>Whether all of the catalogue was here once, or can't be had for so long that serving without it is better.</summary>
    public bool IsSettled => _isSettled || time.GetElapsedTime(_started) > SpreadTime;

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _confirmed)) > Stale)
        {
            await AskAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<string?> LoadAsync(string name, string path, CancellationToken cancellationToken)
    {
        CatalogState before = await CallAsync(catalog => catalog.Get(), cancellationToken).ConfigureAwait(false);
        if (before.Adapters.GetValueOrDefault(name)?.Hash is not null)
        {
            throw ApiError.Conflict(
                $"The name '{name}' is taken. Unload that adapter first, or give another name.", "name_taken", "lora_name");
        }

        // A name that was just unloaded may still be in use here for a while.
        await RetireAsync(name, cancellationToken).ConfigureAwait(false);
        using IDisposable reserved = own.Reserve(name);
        Adapter adapter = await loader.LoadAsync(served.Lease, name, path, hash: null, cancellationToken).ConfigureAwait(false);
        CatalogChange change;
        try
        {
            CatalogEntry entry = new() { Hash = adapter.ContentHash, Path = path };
            change = await CallAsync(catalog => catalog.Change(name, entry), CancellationToken.None).ConfigureAwait(false);
            if (!change.IsMade)
            {
                throw ApiError.Conflict(
                    $"The name '{name}' was taken on another server. Unload that adapter first, or give another name.", "name_taken",
                    "lora_name");
            }
        }
        catch
        {
            await loader.RetireAsync(served.Lease, name, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        own.Adopt(name, change.State);
        return await SpreadAsync(change.State, name).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<string?> UnloadAsync(string name, CancellationToken cancellationToken)
    {
        CatalogState before = await CallAsync(catalog => catalog.Get(), cancellationToken).ConfigureAwait(false);
        bool isListed = before.Adapters.TryGetValue(name, out CatalogEntry? entry) && entry.Hash is not null;
        bool isOfModel = served.Current is { } opened && IsOfModel(opened, name);
        if (!isListed && !(isOfModel && entry is null))
        {
            throw ApiError.NotFound($"There is no adapter '{name}'.", "lora_name", "adapter_not_found");
        }

        // One of the model's folder would come back with the next start.
        CatalogChange change = await CallAsync(
            catalog => catalog.Change(name, isOfModel ? new CatalogEntry() : null), CancellationToken.None).ConfigureAwait(false);
        own.Adopt(name, change.State);
        await own.ApplyAsync(change.State, TimeSpan.Zero).ConfigureAwait(false);
        return await SpreadAsync(change.State, name).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            do
            {
                await AskAsync(stoppingToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static bool IsOfModel(OpenedModel opened, string name) =>
        name is not ("" or "." or "..") && Path.GetFileName(name) == name
        && Directory.Exists(Path.Combine(opened.Model.Folder, "adapters", name));

    private async Task RetireAsync(string name, CancellationToken cancellationToken)
    {
        if (served.Current is { } opened && !opened.Adapters.Names.Contains(name, StringComparer.Ordinal)
            && opened.Model.Adapters.LoadedNames.Contains(name, StringComparer.Ordinal))
        {
            await loader.RetireAsync(served.Lease, name, SpreadTime, cancellationToken).ConfigureAwait(false);
        }
    }

    private ICatalogGrain? Catalog() =>
        state.Fingerprint is { Length: > 0 } model ? grains.GetGrain<ICatalogGrain>(model) : null;

    // A change that an operator asks for, and that fails where the store is away. The server that keeps the catalogue may have died, or be
    // slow, and another one keeps it soon: to ask twice changes nothing twice.
    private async Task<T> CallAsync<T>(Func<ICatalogGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        ICatalogGrain catalog = Catalog() ?? throw ApiError.Unavailable("The model is not open.", "model_closed");
        for (long started = time.GetTimestamp(); ;)
        {
            try
            {
                return await call(catalog).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Each store has exceptions of its own.
            catch (Exception exception) when (exception is not (ApiError or OperationCanceledException))
#pragma warning restore CA1031
            {
                logger.NotAsked(exception.Message);
                if (state.StoreProblem is not null || time.GetElapsedTime(started) >= CallTime)
                {
                    throw ApiError.Unavailable(
                        "The cluster's store of adapters can't be reached, so that nothing was loaded or unloaded. Try again later.",
                        "store_unavailable");
                }
            }

            await Task.Delay(BetweenTries, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        if (Catalog() is not { } catalog || state.Lost is not null)
        {
            return;
        }

        try
        {
            long asked = time.GetTimestamp();
            CatalogState known = own.Wanted;
            long version = await catalog.GetVersion().WaitAsync(AnswerTime, time, cancellationToken).ConfigureAwait(false);
            if (version != known.Version)
            {
                known = version == 0
                    ? await catalog.Restore(known).WaitAsync(AnswerTime, time, cancellationToken).ConfigureAwait(false)
                    : await catalog.Get().WaitAsync(AnswerTime, time, cancellationToken).ConfigureAwait(false);
            }

            CatalogStanding standing = await own.ApplyAsync(known, Interval).ConfigureAwait(false);
            Volatile.Write(ref _confirmed, asked);

            // A server that has just come may not have heard yet from whom to fetch an adapter; it tries again every second.
            _isSettled |= standing.IsDone && standing.Problems.Count == 0;
            _problem = null;
        }
#pragma warning disable CA1031 // Each store has exceptions of its own.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            string problem = exception.GetType().Name;
            if (Interlocked.Exchange(ref _problem, problem) != problem)
            {
                logger.NotAsked(problem);
            }

            // While the store is away nothing can be loaded anywhere, so that what is here is what should be.
            if (state.StoreProblem is null && time.GetElapsedTime(Volatile.Read(ref _confirmed)) > Stale)
            {
                own.Doubt("this server can't ask the others for its newest version.");
            }
        }
    }

    private async Task<string?> SpreadAsync(CatalogState version, string name)
    {
        SiloAddress? self = table.Self;
        Task<string?>[] telling =
        [
            .. table.Members.Where(member => !member.Equals(self)).Select(member => TellAsync(member, version, name)),
        ];
        string[] lagging = [.. (await Task.WhenAll(telling).ConfigureAwait(false)).OfType<string>()];
        return lagging.Length == 0
            ? null
            : $"Not everywhere yet: {string.Join("; ", lagging)}. Requests for it are refused there until it has come.";
    }

    private async Task<string?> TellAsync(SiloAddress member, CatalogState version, string name)
    {
        string problem = "no answer";
        for (long started = time.GetTimestamp(); time.GetElapsedTime(started) < SpreadTime;)
        {
            // Whoever is no member anymore asks for the catalogue when it comes back.
            if (!table.IsMember(member))
            {
                return null;
            }

            try
            {
                CatalogStanding standing = await nodes.At(member).Apply(version).ConfigureAwait(false);
                bool isThere = !standing.Problems.TryGetValue(name, out string? why);
                if (standing.IsDone && (isThere || time.GetElapsedTime(started) > ProblemTime))
                {
                    return isThere ? null : $"{member.Endpoint}: {why}";
                }

                problem = why ?? "it is not done yet";
            }
            catch (Exception exception) when (exception is OrleansException or TimeoutException)
            {
                problem = exception.GetType().Name;
            }

            await Task.Delay(BetweenTries, time).ConfigureAwait(false);
        }

        logger.NotSpread(member.Endpoint, version.Version, problem);
        return $"{member.Endpoint}: {problem}";
    }
}
