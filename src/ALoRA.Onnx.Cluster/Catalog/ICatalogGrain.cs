using ALoRA.Onnx.Cluster.Configuration;

namespace ALoRA.Onnx.Cluster.Catalog;

/// <summary>The catalogue of the servers with one model, whose identity is the key.</summary>
[Alias("alora.catalog-grain")]
internal interface ICatalogGrain : IGrainWithStringKey
{
    [Alias("get")]
    Task<CatalogState> Get();

    [Alias("version")]
    Task<long> GetVersion();

    /// <summary>Sets what is wanted of a name, and has it written before it says so.</summary>
    /// <param name="name">The name.</param>
    /// <param name="entry">What is wanted; null forgets the name.</param>
    [Alias("change")]
    Task<CatalogChange> Change(string name, CatalogEntry? entry);

    /// <summary>Takes what a server knows where the store has lost it.</summary>
    [Alias("restore")]
    Task<CatalogState> Restore(CatalogState known);
}

/// <summary>Keeps it in the cluster's store. A change that can't be written is none.</summary>
[GrainType("alora.catalog")]
internal sealed class CatalogGrain(
    [PersistentState("adapters", SiloSetup.CatalogStorage)] IPersistentState<CatalogState> stored)
    : Grain, ICatalogGrain
{
    public Task<CatalogState> Get() => Task.FromResult(stored.State);

    public Task<long> GetVersion() => Task.FromResult(stored.State.Version);

    public async Task<CatalogChange> Change(string name, CatalogEntry? entry)
    {
        CatalogState before = stored.State;
        CatalogEntry? known = before.Adapters.GetValueOrDefault(name);
        if (known == entry)
        {
            return new CatalogChange { State = before, IsMade = true };
        }

        if (known?.Hash is not null && entry?.Hash is not null)
        {
            return new CatalogChange { State = before, IsMade = false };
        }

        Dictionary<string, CatalogEntry> adapters = new(before.Adapters);
        if (entry is null)
        {
            adapters.Remove(name);
        }
        else
        {
            adapters[name] = entry;
        }

        await WriteAsync(before, new CatalogState { Version = before.Version + 1, Adapters = adapters });
        return new CatalogChange { State = stored.State, IsMade = true };
    }

    public async Task<CatalogState> Restore(CatalogState known)
    {
        if (stored.State.Version == 0 && known.Version > 0)
        {
            await WriteAsync(stored.State, known);
        }

        return stored.State;
    }

    private async Task WriteAsync(CatalogState before, CatalogState after)
    {
        stored.State = after;
        try
        {
            await stored.WriteStateAsync();
        }
        catch
        {
            stored.State = before;

            // Whether it was written nobody knows: the next call reads what there is.
            DeactivateOnIdle();
            throw;
        }
    }
}
