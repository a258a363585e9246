using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Models;

/// <summary>
/// A model's weights for several graphs: the file is mapped or read once, and what ONNX Runtime packs for its matrix kernels is kept once.
/// On a device each tensor is copied there once. Must outlive the sessions.
/// </summary>
/// <remarks>
/// ONNX Runtime shares packed weights only between initializers that are handed to it;
/// it reads those that a graph names by itself for each session anew.
/// </remarks>
internal sealed unsafe partial class SharedWeights : IDisposable
{
    private readonly string _file;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly NativeBuffer? _copy;
    private readonly byte* _start;
    private readonly long _length;
    private readonly List<OrtValue> _values = [];
    private readonly DeviceMemory? _device;
    private readonly ILogger _logger;
    private readonly PrePackedWeightsContainer _packed = new();
    private bool _packsApart;
    private readonly Dictionary<(long Offset, long Length), MemoryTensor> _onDevice = [];

    private SharedWeights(string file, long length, WeightLoading loading, DeviceMemory? device, ILogger logger)
    {
        _device = device;
        _logger = logger;
        _file = file;
        _length = length;
        if (loading == WeightLoading.Copy)
        {
            _copy = Read(file, length);
            _start = (byte*)_copy.Address;
            return;
        }

        // Windows lets a file be moved aside, for a new model in its place, only if everyone who has it open agrees to its deletion.
        SafeFileHandle handle = File.OpenHandle(file, share: FileShare.Read | FileShare.Delete);
        _map = MemoryMappedFile.CreateFromFile(
            handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>Maps or reads the weights of a model; null if it has none.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="loading">Whether the file is mapped or read.</param>
    /// <param name="device">Memory of the device that computes; null for the processor.</param>
    /// <param name="logger">Where it is said that packed weights can't be shared.</param>
    /// <exception cref="InsufficientMemoryException">The file is to be read, and there is not so much memory.</exception>
    /// <exception cref="ModelFormatException">The file can't be read.</exception>
    public static SharedWeights? Open(
        string folder, ModelManifest manifest, WeightLoading loading, DeviceMemory? device, ILogger logger)
    {
        string file = Path.Combine(folder, manifest.WeightsFile);
        try
        {
            return manifest.WeightsBytes == 0 ? null : new SharedWeights(file, manifest.WeightsBytes, loading, device, logger);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{file} can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Whether ONNX Runtime refused a graph only because packed weights were to be shared.</summary>
    /// <remarks>
    /// Some of its kernels pack a weight and have nothing to share of it, such as that of SkipSimplifiedLayerNormalization in float16, and
    /// which kernels it chooses depends on the processor. There is no code for it, only this sentence.
    /// </remarks>
    /// <param name="message">What it said.</param>
    public static bool IsRefusalToShare(string message) =>
        message.Contains("cache computed pre-packed weights", StringComparison.Ordinal);

    /// <summary>Opens a graph over these weights.</summary>
    /// <param name="graph">Path of the file.</param>
    /// <param name="options">Options, to which the weights are added.</param>
    /// <exception cref="ModelFormatException">The graph is malformed, or an initializer does not lie within the file.</exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the graph.</exception>
    public InferenceSession OpenSession(string graph, SessionOptions options)
    {
        AddTo(options, graph);
        return TryOpenPacked(graph, () => new InferenceSession(graph, options, _packed)) ?? new InferenceSession(graph, options);
    }

    /// <summary>
    /// Opens a graph that was derived of one of the folder's, and reads the same weights. Elements of half a byte, which nobody can hand to
    /// ONNX Runtime, it reads from the file itself.
    /// </summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="content">The graph.</param>
    /// <param name="options">Options, to which the weights are added; they name the folder.</param>
    /// <exception cref="ModelFormatException">An initializer does not lie within the file.</exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the graph.</exception>
    public InferenceSession OpenDerived(string name, byte[] content, SessionOptions options)
    {
        AddTo(options, name, [.. ExternalInitializerReader.Parse(name, content).Where(initializer => !initializer.HasHalfBytes)]);
        return (_device is null ? TryOpenPacked(name, () => new InferenceSession(content, options, _packed)) : null)
            ?? new InferenceSession(content, options);
    }

    // Null once ONNX Runtime has refused to share what it packs.
    private InferenceSession? TryOpenPacked(string name, Func<InferenceSession> open)
    {
        if (_packsApart)
        {
            return null;
        }

        try
        {
            return open();
        }
        catch (OnnxRuntimeException exception) when (IsRefusalToShare(exception.Message))
        {
            _packsApart = true;
            _logger.PackedApart(name, exception.Message);
            return null;
        }
    }

    private void AddTo(SessionOptions options, string graph) => AddTo(options, graph, ExternalInitializerReader.Read(graph));

    // Hands the weights of a graph to a session that will be opened with these options.
    private void AddTo(SessionOptions options, string graph, IReadOnlyList<ExternalInitializer> initializers)
    {
        foreach (ExternalInitializer initializer in initializers)
        {
            if (initializer.Location != Path.GetFileName(_file)
                || initializer.Length > _length
                || initializer.Offset > _length - initializer.Length)
            {
                throw new ModelFormatException(
                    $"{graph}: the initializer '{initializer.Name}' lies in '{initializer.Location}' at {initializer.Offset} with "
                    + $"{initializer.Length} bytes, expected a place within the {_length} bytes of {Path.GetFileName(_file)}. Export the "
                    + "model again with `alora export`.");
            }

            OrtValue value = ViewOf(graph, initializer);
            _values.Add(value);
            options.AddInitializer(initializer.Name, value);
        }
    }

    /// <summary>
    /// Lets the system take back the pages that a session has packed and will not
    /// read again; those that it does read come back from the file.
    /// </summary>
    /// <remarks>Windows takes such pages from a working set when memory is short, and has no call for it.</remarks>
    public void ReleasePages()
    {
        const int DontNeed = 4;
        if (_copy is null && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()))
        {
            // Advice: if it is refused, the pages stay until memory is short.
            _ = Advise(_start, (nuint)_length, DontNeed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packed.Dispose();
        _values.ForEach(value => value.Dispose());
        foreach (MemoryTensor tensor in _onDevice.Values)
        {
            tensor.Dispose();
        }

        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
        _copy?.Dispose();
    }

    private static NativeBuffer Read(string file, long length)
    {
        const int Piece = 64 << 20;
        NativeBuffer copy = new(length);
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file, options: FileOptions.SequentialScan);
            for (long at = 0; at < length;)
            {
                int read = RandomAccess.Read(handle, new Span<byte>((byte*)copy.Address + at, (int)Math.Min(Piece, length - at)), at);
                at += read > 0 ? read : throw new EndOfStreamException($"it ends after {at:N0} of {length:N0} bytes.");
            }

            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private OrtValue ViewOf(string graph, ExternalInitializer initializer)
    {
        try
        {
            return OrtValue.CreateTensorValueWithData(
                _device?.Info ?? OrtMemoryInfo.DefaultInstance, (TensorElementType)initializer.OnnxType, initializer.Shape,
                AddressOf(initializer), initializer.Length);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException(
                $"{graph}: {initializer.Length} bytes do not hold the initializer '{initializer.Name}' "
                + $"[{string.Join(", ", initializer.Shape)}]: {exception.Message} Export the model again with `alora export`.",
                exception);
        }
    }

    private nint AddressOf(ExternalInitializer initializer)
    {
        nint mapped = (nint)(_start + initializer.Offset);
        if (_device is null)
        {
            return mapped;
        }

        // Tied weights are one stretch of the file under several names and shapes.
        (long Offset, long Length) key = (initializer.Offset, initializer.Length);
        if (!_onDevice.TryGetValue(key, out MemoryTensor? tensor))
        {
            _onDevice[key] = tensor = _device.Allocate(TensorElementType.UInt8, initializer.Length);
            _device.Upload([new MemoryStretch(mapped, tensor.Address, initializer.Length)]);
        }

        return tensor.Address;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
