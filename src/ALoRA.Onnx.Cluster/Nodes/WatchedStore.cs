using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// The store, with an eye on whether it answers, so that an outage is told where an operator looks. While the server stops, a store that is
/// away does not keep it: the server leaves without writing that it does, and the others notice by themselves. Thread-safe.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="state">What is told of it.</param>
/// <param name="lifetime">Says when the server stops.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of the beginning and the end of an outage.</param>
internal sealed class WatchedStore(
    IMembershipTable store, ClusterState state, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<WatchedStore> logger)
    : IMembershipTable
{
    private const int Misses = 2;
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private int _missed;
    private MembershipTableData? _known;

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) =>
        await DoAsync(
            async token =>
            {
                await store.InitializeMembershipTableAsync(tryInitTableVersion, token).ConfigureAwait(false);
                return true;
            },
            false, cancellationToken).ConfigureAwait(false);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) =>
        store.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) =>
        store.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) =>
        DoAsync(token => store.ReadRowAsync(key, token), _known, cancellationToken);

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        MembershipTableData data = await DoAsync(store.ReadAllAsync, _known, cancellationToken).ConfigureAwait(false);
        _known = data;
        return data;
    }

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) =>
        DoAsync(token => store.InsertRowAsync(entry, tableVersion, token), true, cancellationToken);

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        DoAsync(token => store.UpdateRowAsync(entry, etag, tableVersion, token), true, cancellationToken);

    public async Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) =>
        await DoAsync(
            async token =>
            {
                await store.UpdateIAmAliveAsync(entry, token).ConfigureAwait(false);
                return true;
            },
            true, cancellationToken).ConfigureAwait(false);

    Task IMembershipTable.InitializeMembershipTable(bool tryInitTableVersion) =>
        InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    Task IMembershipTable.DeleteMembershipTableEntries(string clusterId) =>
        DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    Task IMembershipTable.CleanupDefunctSiloEntries(DateTimeOffset beforeDate) =>
        CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadAll() => ReadAllAsync(CancellationToken.None);

    Task<bool> IMembershipTable.InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        InsertRowAsync(entry, tableVersion, CancellationToken.None);

    Task<bool> IMembershipTable.UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    Task IMembershipTable.UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    private async Task<T> DoAsync<T>(Func<CancellationToken, Task<T>> work, T? instead, CancellationToken cancellationToken)
    {
        if (IsStopping && state.StoreProblem is not null && instead is not null)
        {
            return instead;
        }

        try
        {
            Task<T> task = work(cancellationToken);
            T result = IsStopping
                ? await task.WaitAsync(LastPatience, time, cancellationToken).ConfigureAwait(false)
                : await WaitAsync(task).ConfigureAwait(false);
            Answered();
            return result;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || IsStopping)
        {
            Failed(exception);
            if (IsStopping && instead is not null)
            {
                return instead;
            }

            throw;
        }
    }

    // Whoever begins to stop in the meantime has less patience.
    private async Task<T> WaitAsync<T>(Task<T> task)
    {
        try
        {
            return await task.WaitAsync(lifetime.ApplicationStopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (IsStopping && !task.IsCompleted)
        {
            return await task.WaitAsync(LastPatience, time).ConfigureAwait(false);
        }
    }

    private void Answered()
    {
        lock (_gate)
        {
            if (_missed >= Misses)
            {
                logger.StoreBack();
            }

            _missed = 0;
            state.StoreProblem = null;
        }
    }

    private void Failed(Exception exception)
    {
        lock (_gate)
        {
            if (++_missed >= Misses || IsStopping)
            {
                // The client's own words may hold the address and what it was opened with.
                string problem = exception.GetType().Name;
                if (state.StoreProblem is null)
                {
                    logger.StoreGone(problem);
                }

                state.StoreProblem = problem;
            }
        }
    }
}
