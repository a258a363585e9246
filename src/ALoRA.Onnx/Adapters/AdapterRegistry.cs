using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx;

/// <summary>
/// The adapters of a model: those in its folder, loaded when first used, and those loaded from elsewhere.
/// Thread-safe, also while conversations run.
/// </summary>
public sealed class AdapterRegistry
{
    private const string FolderName = "adapters";

    private readonly Lock _gate = new();
    private readonly Lock _loading = new();
    private readonly Dictionary<string, Adapter> _loaded = new(StringComparer.Ordinal);
    private readonly ModelManifest _model;
    private readonly TensorMemory _memory;
    private readonly string _folder;
    private readonly bool _allowOtherBases;
    private readonly ILogger _logger;
    private readonly AdapterTables? _tables;
    private int _loads;
    private bool _closed;

    internal AdapterRegistry(
        string modelFolder, ModelManifest model, TensorMemory memory, bool allowOtherBases, ILogger logger, AdapterTables? tables = null)
    {
        _folder = Path.Combine(modelFolder, FolderName);
        _model = model;
        _memory = memory;
        _allowOtherBases = allowOtherBases;
        _logger = logger;
        _tables = tables;
        Stacks = new AdapterStackCache(model, memory);
    }

    /// <summary>Stacked weights of several adapters, for runs that serve several at once.</summary>
    internal AdapterStackCache Stacks { get; }

    /// <summary>
    /// Names of all adapters in the model's <c>adapters</c> folder and of all loaded ones, in ordinal order. Folders whose names begin with
    /// a dot are not adapters: those are what an interrupted conversion leaves.
    /// </summary>
    /// <exception cref="IOException">The folder can't be listed.</exception>
    public IReadOnlyList<string> Names
    {
        get
        {
            SortedSet<string> names = new(StringComparer.Ordinal);
            names.UnionWith(AdapterFolders.Of(_folder).Select(folder => Path.GetFileName(folder)));

            lock (_gate)
            {
                names.UnionWith(_loaded.Keys);
            }

            return [.. names];
        }
    }

    /// <summary>Names of the adapters that are in memory, in ordinal order.</summary>
    public IReadOnlyList<string> LoadedNames
    {
        get
        {
            lock (_gate)
            {
                return [.. _loaded.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Loads an adapter from a folder with <c>adapter.json</c> and its weights.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="name">Name to use; null takes the one in <c>adapter.json</c>.</param>
    /// <returns>The adapter, which stays loaded until <see cref="Unload"/>.</returns>
    /// <exception cref="ArgumentException">An adapter of that name is loaded already.</exception>
    /// <exception cref="ModelFormatException">The adapter is malformed, or does not fit the model or its base.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Adapter Load(string folder, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        lock (_loading)
        {
            AdapterFolders.CheckName(folder);
            AdapterManifest manifest = AdapterManifest.Read(folder);
            name ??= manifest.Name;
            ArgumentException.ThrowIfNullOrWhiteSpace(name);
            if (Find(name) is not null)
            {
                throw new ArgumentException(
                    $"An adapter named '{name}' is loaded already. Unload it first, or give another name.", nameof(name));
            }

            CheckBase(folder, manifest);
            AdapterWeights weights = AdapterWeights.Read(Path.Combine(folder, manifest.WeightsFile), manifest, _model, _memory);
            Adapter adapter = new(name, Path.GetFullPath(folder), manifest, weights) { Number = ++_loads };
            lock (_gate)
            {
                if (_closed)
                {
                    weights.Dispose();
                    throw new ObjectDisposedException("AloraModel", $"The model was disposed while the adapter '{name}' was loaded.");
                }

                _loaded.Add(name, adapter);
            }

            _logger.AdapterLoaded(name, manifest.Kind, adapter.Bytes);
            return adapter;
        }
    }

    /// <summary><see cref="Load"/> on another thread.</summary>
    /// <inheritdoc cref="Load"/>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="name">Name to use; null takes the one in <c>adapter.json</c>.</param>
    /// <param name="cancellationToken">Cancels before the load starts; a load that runs is finished.</param>
    public Task<Adapter> LoadAsync(string folder, string? name = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Load(folder, name), cancellationToken);

    /// <summary>Returns an adapter; one in the model's folder is loaded on first use.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="AdapterNotFoundException">There is no such adapter.</exception>
    /// <exception cref="ModelFormatException">The adapter is malformed, or does not fit the model or its base.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Adapter Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Find(name) is Adapter loaded)
        {
            return loaded;
        }

        lock (_loading)
        {
            if (Find(name) is Adapter meanwhile)
            {
                return meanwhile;
            }

            // Names are compared with what lies in the folder instead of being made into a path, so that none can lead out of it.
            if (!Names.Contains(name, StringComparer.Ordinal))
            {
                throw Unknown(name);
            }

            string folder = Path.Combine(_folder, name);
            try
            {
                return Load(folder, name);
            }
            catch (IOException exception) when (!Directory.Exists(folder))
            {
                // Deleted after it was listed.
                throw Unknown(name, exception);
            }
        }
    }

    /// <summary>Frees the memory of an adapter. One in the model's folder is loaded again when it is next used.</summary>
    /// <param name="name">One of <see cref="LoadedNames"/>.</param>
    /// <exception cref="ArgumentException">No adapter of that name is loaded.</exception>
    /// <exception cref="InvalidOperationException">A conversation is using it; it stays loaded.</exception>
    public void Unload(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_gate)
        {
            if (!_loaded.TryGetValue(name, out Adapter? adapter))
            {
                throw new ArgumentException(
                    $"No adapter named '{name}' is loaded. Loaded: {List(_loaded.Keys.Order(StringComparer.Ordinal))}.", nameof(name));
            }

            if (adapter.Leases > 0)
            {
                throw new InvalidOperationException(
                    $"The adapter '{name}' is in use {(adapter.Leases == 1 ? "once" : $"{adapter.Leases} times")}. Wait for its "
                    + "invocations, and rewind or dispose the conversations that run under it.");
            }

            _loaded.Remove(name);
            Stacks.Forget(adapter);
            _tables?.Forget(adapter);
            adapter.Weights.Dispose();
        }

        _logger.AdapterUnloaded(name);
    }

    /// <summary>Takes a lease on an adapter, loading it if necessary.</summary>
    internal AdapterLease Acquire(string name)
    {
        while (true)
        {
            Adapter adapter = Get(name);
            lock (_gate)
            {
                // It may have been unloaded in between.
                if (_loaded.TryGetValue(name, out Adapter? current) && ReferenceEquals(adapter, current))
                {
                    adapter.Leases++;
                    return new AdapterLease(this, adapter);
                }
            }
        }
    }

    internal AdapterLease Share(Adapter adapter)
    {
        lock (_gate)
        {
            adapter.Leases++;
            return new AdapterLease(this, adapter);
        }
    }

    /// <summary>One more lease on an adapter that may have none; null if it was unloaded.</summary>
    internal AdapterLease? TryShare(Adapter adapter)
    {
        lock (_gate)
        {
            if (_closed || !_loaded.TryGetValue(adapter.Name, out Adapter? current) || !ReferenceEquals(adapter, current))
            {
                return null;
            }

            adapter.Leases++;
            return new AdapterLease(this, adapter);
        }
    }

    internal void Release(Adapter adapter)
    {
        lock (_gate)
        {
            if (--adapter.Leases == 0 && _closed)
            {
                adapter.Weights.Dispose();
            }
        }
    }

    /// <summary>Frees what is not in use; the rest follows when its last lease ends.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Stacks.Dispose();
            foreach (Adapter adapter in _loaded.Values.Where(adapter => adapter.Leases == 0))
            {
                adapter.Weights.Dispose();
            }

            _loaded.Clear();
        }
    }

    private Adapter? Find(string name)
    {
        lock (_gate)
        {
            return _closed ? throw new ObjectDisposedException("ALoRA.Onnx.AloraModel") : _loaded.GetValueOrDefault(name);
        }
    }

    private void CheckBase(string folder, AdapterManifest manifest)
    {
        string file = Path.Combine(folder, AdapterManifest.FileName);
        if (manifest.ElementType != _model.Precision.Activations)
        {
            throw new ModelFormatException(
                $"{file}: the weights are {manifest.ElementType}, but the model '{_model.Name}' computes in "
                + $"{_model.Precision.Activations}. Convert the adapter for this model.");
        }

        if (manifest.Base.Fingerprint == _model.Base.Fingerprint)
        {
            return;
        }

        if (!_allowOtherBases)
        {
            throw new ModelFormatException(
                $"{file}: the adapter belongs to the base '{manifest.Base.NameOrPath}' ({manifest.Base.Fingerprint}), but the model was "
                + $"exported from '{_model.Base.NameOrPath}' ({_model.Base.Fingerprint}). "
                + "Convert the adapter for this model, or set "
                + $"{nameof(AloraModelOptions)}.{nameof(AloraModelOptions.AllowAdaptersOfOtherBases)}.");
        }

        _logger.OtherBaseAllowed(manifest.Name, manifest.Base.NameOrPath, _model.Base.NameOrPath);
    }

    private AdapterNotFoundException Unknown(string name, Exception? cause = null) =>
        new($"There is no adapter '{name}'. Known: {List(Names)}. Convert it into {_folder}, or load it from its folder.", cause)
        {
            AdapterName = name,
        };

    private static string List(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";
}
