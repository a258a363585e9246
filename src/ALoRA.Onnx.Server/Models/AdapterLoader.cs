using System.Collections.Concurrent;
using System.Diagnostics;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Server.Models;

/// <summary>
/// Loads adapters of the adapters folder by request: converted ones as they are, those of PEFT after a conversion into a temporary folder,
/// so that neither the model's folder nor that of the adapters is written to. Thread-safe.
/// </summary>
internal sealed class AdapterLoader(ServerOptions options) : IDisposable
{
    private const string Settings = "adapter_config.json";
    private const int LongestName = 128;
    private static readonly TimeSpan WhileInUse = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<(OpenedModel, string), string> _converted = new();
    private readonly ConcurrentDictionary<string, string> _paths = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _fetched = new(StringComparer.Ordinal);

    /// <summary>Loads an adapter.</summary>
    /// <param name="served">Whose model of now gets it; one that is about to be replaced hands it on.</param>
    /// <param name="name">The name that requests will use.</param>
    /// <param name="path">Path in the adapters folder.</param>
    /// <param name="hash">Its <see cref="Adapter.ContentHash"/>, without which it is not served; null for any.</param>
    /// <param name="cancellationToken">Cancels a conversion.</param>
    /// <returns>The adapter, which is served.</returns>
    /// <exception cref="ApiError"> 400: it is malformed, does not fit, or has another hash; 403:
    /// there is no adapters folder; 404: it does not exist; 409: the name is taken.
    /// </exception>
    public async Task<Adapter> LoadAsync(
        Func<ModelLease> served, string name, string path, string? hash, CancellationToken cancellationToken)
    {
        string root = options.AdaptersFolder
            ?? throw ApiError.Forbidden("This server loads no adapters. Start it with --adapters-folder.");
        if (name.Length > LongestName || name.Any(char.IsControl))
        {
            throw ApiError.Invalid($"A name has at most {LongestName} characters, and none that can't be seen.", "lora_name");
        }

        string folder = AdapterPath.Resolve(root, path);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Asked for only now: while the lock was waited for, the model may have been replaced.
            using ModelLease lease = served();
            CheckIsFree(lease.Opened, name);
            Adapter adapter = await LoadAsync(lease.Opened, name, folder, path, hash, cancellationToken).ConfigureAwait(false);
            _paths[name] = path;
            return adapter;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Loads a converted adapter from a folder that was made for it.</summary>
    /// <param name="served">Whose model of now gets it.</param>
    /// <param name="name">The name that requests will use.</param>
    /// <param name="folder">The folder, which is owned from now on: it is deleted with the adapter, or if it can't be loaded.</param>
    /// <param name="hash">Its <see cref="Adapter.ContentHash"/>, without which it is not served; null for any.</param>
    /// <param name="cancellationToken">Cancels the wait for other loads.</param>
    /// <exception cref="ApiError">400: it is malformed, does not fit, or has another hash; 409: the name is taken.</exception>
    public async Task LoadFetchedAsync(
        Func<ModelLease> served, string name, string folder, string? hash, CancellationToken cancellationToken)
    {
        bool isLoaded = false;
        try
        {
            await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                using ModelLease lease = served();
                CheckIsFree(lease.Opened, name);
                await LoadAsync(lease.Opened, name, folder, name, hash, cancellationToken).ConfigureAwait(false);
                _fetched[name] = folder;
                isLoaded = true;
            }
            finally
            {
                _one.Release();
            }
        }
        finally
        {
            if (!isLoaded)
            {
                DeleteTemporary(folder);
            }
        }
    }

    /// <summary>Takes an adapter away from requests that come from now on, and frees it when those that run have ended.</summary>
    /// <param name="served">Whose model of now loses it.</param>
    /// <param name="name">Its name; nothing happens if there is none.</param>
    /// <param name="patience">How long to wait for requests that run; then it stays in memory, and may be retired again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is gone.</returns>
    public async Task<bool> RetireAsync(Func<ModelLease> served, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        for (long started = Stopwatch.GetTimestamp(); ;)
        {
            if (await TryRetireAsync(served, name, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }

            if (Stopwatch.GetElapsedTime(started) >= patience)
            {
                return false;
            }

            await Task.Delay(WhileInUse, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes an adapter away. Requests that name it are answered 404 from then on.</summary>
    /// <exception cref="ApiError">404: there is no such adapter; 409: requests use it.</exception>
    public async Task UnloadAsync(Func<ModelLease> served, string name, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using ModelLease lease = served();
            Unload(lease.Opened, name);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Loads what was loaded for the model of before for the one that replaces it, and lets it be replaced before anything else is loaded,
    /// which would be lost.
    /// </summary>
    /// <param name="opened">The one that replaces it.</param>
    /// <param name="replace">Puts it in the other one's place.</param>
    /// <param name="cancellationToken">Cancels conversions; nothing is replaced then.</param>
    /// <returns>The adapters that do not fit the new model, and why.</returns>
    public async Task<IReadOnlyList<(string Name, Exception Problem)>> CarryOverAsync(
        OpenedModel opened, Action replace, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            List<(string, Exception)> problems = [];
            foreach ((string name, string path) in _paths)
            {
                await TryAsync(name, () => AdapterPath.Resolve(options.AdaptersFolder!, path), path).ConfigureAwait(false);
            }

            foreach ((string name, string folder) in _fetched)
            {
                await TryAsync(name, () => folder, name).ConfigureAwait(false);
            }

            replace();
            return problems;

            async Task TryAsync(string name, Func<string> folder, string path)
            {
                try
                {
                    await LoadAsync(opened, name, folder(), path, hash: null, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is ApiError or ArgumentException or IOException)
                {
                    problems.Add((name, exception));
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Deletes what was converted for a model.</summary>
    public void Forget(OpenedModel opened)
    {
        foreach ((OpenedModel owner, string name) in _converted.Keys.Where(key => key.Item1 == opened))
        {
            Delete(owner, name);
        }
    }

    public void Dispose()
    {
        foreach ((OpenedModel owner, string name) in _converted.Keys)
        {
            Delete(owner, name);
        }

        foreach (string name in _fetched.Keys)
        {
            DeleteFetched(name);
        }

        _one.Dispose();
    }

    private static void CheckIsFree(OpenedModel opened, string name)
    {
        if (name == opened.Name || opened.Adapters.Names.Contains(name, StringComparer.Ordinal))
        {
            throw ApiError.Conflict(
                $"The name '{name}' is taken. Unload that adapter first, or give another name.", "name_taken", "lora_name");
        }

        if (opened.Model.Adapters.LoadedNames.Contains(name, StringComparer.Ordinal))
        {
            throw ApiError.Conflict(
                $"The adapter '{name}' was unloaded, but requests still use it. Try again when they have ended.", "adapter_in_use",
                "lora_name");
        }
    }

    private async Task<bool> TryRetireAsync(Func<ModelLease> served, string name, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using ModelLease lease = served();
            OpenedModel opened = lease.Opened;
            opened.Adapters.Withdraw(name);
            if (opened.Model.Adapters.LoadedNames.Contains(name, StringComparer.Ordinal))
            {
                opened.Model.Adapters.Unload(name);
            }

            ForgetSource(opened, name);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    private void Unload(OpenedModel opened, string name)
    {
        if (!opened.Adapters.Names.Contains(name, StringComparer.Ordinal))
        {
            throw ApiError.NotFound($"There is no adapter '{name}'.", "lora_name", "adapter_not_found");
        }

        opened.Adapters.Withdraw(name);
        if (opened.Model.Adapters.LoadedNames.Contains(name, StringComparer.Ordinal))
        {
            try
            {
                opened.Model.Adapters.Unload(name);
            }
            catch (InvalidOperationException exception)
            {
                opened.Adapters.Restore(name);
                throw ApiError.Conflict($"{exception.Message} Try again when they have ended.", "adapter_in_use", "lora_name");
            }
        }

        ForgetSource(opened, name);
    }

    private void ForgetSource(OpenedModel opened, string name)
    {
        _paths.TryRemove(name, out _);
        Delete(opened, name);
        DeleteFetched(name);
    }

    private async Task<Adapter> LoadAsync(
        OpenedModel opened, string name, string folder, string path, string? hash, CancellationToken cancellationToken)
    {
        bool isConverted = File.Exists(Path.Combine(folder, AdapterManifest.FileName));
        try
        {
            if (!isConverted)
            {
                folder = await ConvertAsync(opened, name, folder, path, cancellationToken).ConfigureAwait(false);
            }

            CheckWeights(folder, path);
            Adapter adapter = await LoadCheckedAsync(opened, name, folder, path, hash, cancellationToken).ConfigureAwait(false);
            opened.Adapters.Restore(name);
            return adapter;
        }
        catch (Exception exception) when (exception is FormatException or FileNotFoundException or DirectoryNotFoundException)
        {
            Delete(opened, name);
            throw ApiError.Invalid($"The adapter '{path}' can't be loaded: {exception.Message}", "lora_path", "adapter_malformed");
        }
        catch
        {
            Delete(opened, name);
            throw;
        }
    }

    // Nobody may ask for it before it is known to be the right one.
    private static async Task<Adapter> LoadCheckedAsync(
        OpenedModel opened, string name, string folder, string path, string? hash, CancellationToken cancellationToken)
    {
        if (hash is null)
        {
            return await opened.Model.Adapters.LoadAsync(folder, name, cancellationToken).ConfigureAwait(false);
        }

        opened.Adapters.Withdraw(name);
        Adapter adapter = await opened.Model.Adapters.LoadAsync(folder, name, cancellationToken).ConfigureAwait(false);
        if (adapter.ContentHash != hash)
        {
            string other = adapter.ContentHash;
            opened.Model.Adapters.Unload(name);
            throw ApiError.Invalid(
                $"The adapter '{path}' has the hash {other}, expected {hash}: it is another one, or another version.", "lora_path",
                "adapter_differs");
        }

        return adapter;
    }

    private async Task<string> ConvertAsync(
        OpenedModel opened, string name, string source, string path, CancellationToken cancellationToken)
    {
        if (Directory.Exists(source) && !File.Exists(Path.Combine(source, Settings)))
        {
            throw ApiError.Invalid(
                $"'{path}' has neither {AdapterManifest.FileName} nor {Settings}. Give the folder of an adapter, converted or PEFT's.",
                "lora_path", "adapter_malformed");
        }

        string model = opened.Model.Folder;
        IReadOnlyList<int>? invocation = InvocationText.Encode(source, model);
        new InvocationCheck(model).Run(source, invocation ?? PeftAdapter.Read(source).InvocationTokens, settings: null);

        // The converter needs of the model what its manifest says, and writes beside it.
        string place = Directory.CreateTempSubdirectory("alora-serve-").FullName;
        _converted[(opened, name)] = place;
        File.Copy(Path.Combine(model, ModelManifest.FileName), Path.Combine(place, ModelManifest.FileName));
        AdapterReport report = await AdapterConverter.ConvertAsync(
            source, place, name, new AdapterConversionOptions { InvocationTokens = invocation }, progress: null, cancellationToken)
            .ConfigureAwait(false);
        return report.Path;
    }

    // The manifest of a converted adapter names the file of its weights.
    private static void CheckWeights(string folder, string path)
    {
        string file = AdapterManifest.Read(folder).WeightsFile;
        if (Path.GetFileName(file) != file || file is "." or "..")
        {
            throw ApiError.Invalid(
                $"The adapter '{path}' keeps its weights in '{file}', outside of its folder. Convert it again.", "lora_path",
                "path_outside_adapters_folder");
        }
    }

    private void DeleteFetched(string name)
    {
        if (_fetched.TryRemove(name, out string? folder))
        {
            DeleteTemporary(folder);
        }
    }

    private void Delete(OpenedModel opened, string name)
    {
        if (_converted.TryRemove((opened, name), out string? place))
        {
            DeleteTemporary(place);
        }
    }

    private static void DeleteTemporary(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone, or, on Windows, read by someone such as a virus scanner: it lies where the system tidies up.
        }
    }
}
