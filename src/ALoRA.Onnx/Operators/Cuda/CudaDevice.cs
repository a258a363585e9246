using System.Diagnostics.CodeAnalysis;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A GPU onto which kernels can be loaded, for the rest of the process. Immutable; any thread.</summary>
internal sealed unsafe class CudaDevice
{
    // Matrix instructions on bfloat16 came with 8.0; kernels that start before the one in front has ended with 9.0.
    private const int OldestCapability = 80;
    private const int DependentCapability = 90;
    private const int MajorAttribute = 75;
    private const int MinorAttribute = 76;

    private readonly nint _context;
    private readonly KernelCompiler _compiler;
    private readonly CubinCache _cache;

    private CudaDevice(CudaDriver driver, KernelCompiler compiler, CubinCache cache, int ordinal)
    {
        Driver = driver;
        _compiler = compiler;
        _cache = cache;
        int device;
        driver.Check(((delegate* unmanaged<int*, int, int>)driver.Entry("cuDeviceGet"))(&device, ordinal), $"opening GPU {ordinal}");
        Capability = (Attribute(device, MajorAttribute) * 10) + Attribute(device, MinorAttribute);
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

    /// <summary>Whether kernels can start before the one in front has ended.</summary>
    public bool HasDependentLaunch => Capability >= DependentCapability;

    /// <summary>Opens a GPU.</summary>
    /// <param name="ordinal">Number of the GPU, from 0 on.</param>
    /// <param name="cache">Where compiled kernels are kept.</param>
    /// <param name="device">The GPU; null where it cannot be used.</param>
    /// <param name="reason">Why not, and what to do.</param>
    public static bool TryOpen(
        int ordinal, CubinCache cache, [NotNullWhen(true)] out CudaDevice? device, [NotNullWhen(false)] out string? reason)
    {
        device = null;
        if (!CudaDriver.TryLoad(CudaDriver.Names, out CudaDriver? driver, out reason)
            || !KernelCompiler.TryLoad(KernelCompiler.Names, out KernelCompiler? compiler, out reason))
        {
            return false;
        }

        try
        {
            device = new CudaDevice(driver, compiler, cache, ordinal);
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

    /// <summary>Loads kernels, which are compiled where the cache has none or what it has does not load.</summary>
    /// <param name="text">The kernels.</param>
    /// <exception cref="CudaException">They do not compile or do not load.</exception>
    public KernelModule Load(string text)
    {
        using Scope scope = Use();
        string architecture = $"sm_{Capability}";
        string key = CubinCache.KeyOf(text, architecture, _compiler.Version);
        if (_cache.Find(key) is { } known && TryLoad(known, out nint module) == 0)
        {
            return new KernelModule(this, module);
        }

        byte[] code = _compiler.Compile(text, architecture);
        Driver.Check(TryLoad(code, out module), "loading the kernels");
        _cache.Store(key, code);
        return new KernelModule(this, module);
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
