namespace ALoRA.Onnx.Server.Models;

/// <summary>
/// Who decides which adapters are served beside those of the model's folder: this server alone, or all nodes of a cluster.
/// </summary>
internal interface IAdapterCatalog
{
    /// <summary>Makes sure, before a request is read, that what is served is what should be.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask RefreshAsync(CancellationToken cancellationToken);

    /// <summary>Loads an adapter.</summary>
    /// <param name="name">The name that requests will use.</param>
    /// <param name="path">Path in the adapters folder of this server.</param>
    /// <param name="cancellationToken">Cancels a conversion.</param>
    /// <returns>What the caller should know beside that it is loaded; null for nothing.</returns>
    /// <exception cref="Errors.ApiError">As those of <see cref="AdapterLoader"/>.</exception>
    Task<string?> LoadAsync(string name, string path, CancellationToken cancellationToken);

    /// <summary>Takes an adapter away. Requests that name it are answered 404 from then on.</summary>
    /// <returns>What the caller should know beside that it is unloaded; null for nothing.</returns>
    /// <exception cref="Errors.ApiError">404: there is no such adapter; 409: requests use it.</exception>
    Task<string?> UnloadAsync(string name, CancellationToken cancellationToken);
}

/// <summary>This server alone.</summary>
internal sealed class OwnCatalog(AdapterLoader loader, ServedModel served) : IAdapterCatalog
{
    /// <inheritdoc/>
    public ValueTask RefreshAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async Task<string?> LoadAsync(string name, string path, CancellationToken cancellationToken)
    {
        await loader.LoadAsync(served.Lease, name, path, hash: null, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public async Task<string?> UnloadAsync(string name, CancellationToken cancellationToken)
    {
        await loader.UnloadAsync(served.Lease, name, cancellationToken).ConfigureAwait(false);
        return null;
    }
}
