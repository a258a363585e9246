using System.Diagnostics.CodeAnalysis;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A GPU onto which kernels can be loaded, for the rest of the process. Immutable; any thread.</summary>
internal sealed unsafe class CudaDevice
{
    // Matrix instructions on bfloat16 came with 8.0; kernels that start before the one in front has ended with 9.0.
    private const int OldestCapability = 80;
    private const int DependentCapability = 90;
    private const int UnknownPtx = 222;
    private const int MajorAttribute = 75;
    private const int MinorAttribute = 76;
    private const int MultiprocessorsAttribute = 16;
    private const int BlockBytesAttribute = 97;

    private readonly nint _context;
    private readonly KernelSource _source;
    private readonly CubinCache _cache;

    private CudaDevice(CudaDriver driver, KernelSource source, CubinCache cache, int ordinal)
    {
        Driver = driver;
        _source = source;
        _cache = cache;
        int device;
        driver.Check(((delegate* unmanaged<int*, int, int>)driver.Entry("cuDeviceGet"))(&device, ordinal), $"opening GPU {ordinal}");
        Capability = (Attribute(device, MajorAttribute) * 10) + Attribute(device, MinorAttribute);
        Multiprocessors = Attribute(device, MultiprocessorsAttribute);
        BlockBytes = Attribute(device, BlockBytesAttribute);
        if (Capability < OldestCapability)
        {
            throw new CudaException(
                $"GPU {ordinal} has compute capability {Capability / 10}.{Capability % 10}, expected 8.0 or newer; use a newer GPU");
        }

        // The primary context is that of CUDA's runtime, which ONNX Runtime uses.
        nint context;
        driver.Check(
            ((delegate* unmanaged<nint*, int, int>)driver.Entry("cuDevicePrimaryCtxRetain"))(&context, device), $"opening GPU {ordinal}");
        _context = context;
    }

    /// <summary>The driver.</summary>
    public CudaDriver Driver { get; }

    /// <summary>Compute capability, 90 for 9.0.</summary>
    public int Capability { get; }

    /// <summary>Multiprocessors.</summary>
    public int Multiprocessors { get; }

    /// <summary>Most memory of its own that a block can have.</summary>
    public int BlockBytes { get; }

    /// <summary>Whether kernels that were compiled for this GPU can start before the one in front has ended.</summary>
    public bool HasDependentLaunch => CanDepend(Capability);

    /// <summary>Whether kernels wait for the one in front themselves; those of an older architecture have no instruction for it.</summary>
    /// <param name="architecture">What they were compiled for, such as 90 for 9.0.</param>
    public static bool CanDepend(int architecture) => architecture >= DependentCapability;

    /// <summary>Opens a GPU.</summary>
    /// <param name="ordinal">Number of the GPU, from 0 on.</param>
    /// <param name="cache">Where compiled kernels are kept.</param>
    /// <param name="device">The GPU; null where it cannot be used.</param>
    /// <param name="reason">Why not, and what to do.</param>
    public static bool TryOpen(
        int ordinal, CubinCache cache, [NotNullWhen(true)] out CudaDevice? device, [NotNullWhen(false)] out string? reason) =>
        TryOpen(ordinal, cache, KernelCompiler.Names, out device, out reason);

    /// <inheritdoc cref="TryOpen(int, CubinCache, out CudaDevice, out string)"/>
    /// <param name="ordinal">Number of the GPU, from 0 on.</param>
    /// <param name="cache">Where compiled kernels are kept.</param>
    /// <param name="compilers">Names of NVRTC's library; none for a machine without it.</param>
    /// <param name="device">The GPU; null where it cannot be used.</param>
    /// <param name="reason">Why not, and what to do.</param>
    public static bool TryOpen(
        int ordinal, CubinCache cache, IReadOnlyList<string> compilers, [NotNullWhen(true)] out CudaDevice? device,
        [NotNullWhen(false)] out string? reason)
    {
        device = null;
        if (!CudaDriver.TryLoad(CudaDriver.Names, out CudaDriver? driver, out reason)
            || !KernelSource.TryFind(compilers, KernelPtx.OfAssembly(), KernelText.Read(), out KernelSource? source, out reason))
        {
            return false;
        }

        try
        {
            device = new CudaDevice(driver, source, cache, ordinal);
            return true;
        }
        catch (CudaException exception)
        {
            reason = exception.Message;
            return false;
        }
    }

    /// <summary>Makes the GPU the calling thread's until the result is disposed.</summary>
    public Scope Use()
    {
        Driver.Check(((delegate* unmanaged<nint, int>)Driver.Entry("cuCtxPushCurrent_v2"))(_context), "using the GPU");
        return new Scope(Driver);
    }

    /// <summary>
    /// Loads kernels, which are compiled where the cache has none or what it has does not load; by the driver where NVRTC is missing.
    /// </summary>
    /// <param name="text">The kernels.</param>
    /// <exception cref="CudaException">They do not compile or do not load.</exception>
    public KernelModule Load(string text)
    {
        using Scope scope = Use();
        if (_source.Compiler is not { } compiler)
        {
            return LoadPtx(text);
        }

        string architecture = $"sm_{Capability}";
        string key = CubinCache.KeyOf(text, architecture, compiler.Version);
        if (_cache.Find(key) is { } known && TryLoad(known, out nint module) == 0)
        {
            return new KernelModule(this, module, Capability);
        }

        byte[] code = compiler.Compile(text, architecture);
        Driver.Check(TryLoad(code, out module), "loading the kernels");
        _cache.Store(key, code);
        return new KernelModule(this, module, Capability);
    }

    private KernelModule LoadPtx(string text)
    {
        if (!_source.Ptx.TryFind(text, Capability, out byte[]? code, out int architecture))
        {
            throw new CudaException(_source.Problem!);
        }

        int result = TryLoad(code, out nint module);
        if (result == UnknownPtx)
        {
            throw new CudaException($"the driver is older than the kernels' PTX; install a newer driver. Or: {_source.Problem}");
        }

        Driver.Check(result, "compiling the kernels by the driver");
        return new KernelModule(this, module, architecture);
    }

    private int Attribute(int device, int attribute)
    {
        int value;
        Driver.Check(
            ((delegate* unmanaged<int*, int, int, int>)Driver.Entry("cuDeviceGetAttribute"))(&value, attribute, device),
            "asking what the GPU can do");
        return value;
    }

    private int TryLoad(byte[] code, out nint module)
    {
        nint loaded;
        int result;
        fixed (byte* image = code)
        {
            result = ((delegate* unmanaged<nint*, void*, int>)Driver.Entry("cuModuleLoadData"))(&loaded, image);
        }

        module = loaded;
        return result;
    }

    /// <summary>Gives the calling thread back the GPU that it used before.</summary>
    internal readonly ref struct Scope(CudaDriver driver)
    {
        /// <inheritdoc cref="IDisposable.Dispose"/>
        public void Dispose()
        {
            nint context;
            driver.Check(((delegate* unmanaged<nint*, int>)driver.Entry("cuCtxPopCurrent_v2"))(&context), "leaving the GPU");
        }
    }
}
