using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// The few entries of CUDA's driver that operators need, found when the program runs: a program that never sees a GPU needs no driver.
/// Immutable; any thread. The library stays loaded.
/// </summary>
internal sealed unsafe class CudaDriver
{
    private const int DependentLaunch = 6;

    private readonly nint _library;
    private readonly string _name;
    private readonly delegate* unmanaged<LaunchSettings*, nint, void**, void**, int> _launch;
    private readonly delegate* unmanaged<nint, nint, int> _record;
    private readonly delegate* unmanaged<nint, nint, uint, int> _wait;
    private readonly delegate* unmanaged<nint, nint, nuint, nint, int> _copy;
    private readonly delegate* unmanaged<int, byte**, int> _errorText;

    private CudaDriver(nint library, string name)
    {
        _library = library;
        _name = name;
        _launch = (delegate* unmanaged<LaunchSettings*, nint, void**, void**, int>)Entry("cuLaunchKernelEx");
        _record = (delegate* unmanaged<nint, nint, int>)Entry("cuEventRecord");
        _wait = (delegate* unmanaged<nint, nint, uint, int>)Entry("cuStreamWaitEvent");
        _copy = (delegate* unmanaged<nint, nint, nuint, nint, int>)Entry("cuMemcpyDtoDAsync_v2");
        _errorText = (delegate* unmanaged<int, byte**, int>)Entry("cuGetErrorString");
        Check(((delegate* unmanaged<uint, int>)Entry("cuInit"))(0), "starting the driver");
    }

    /// <summary>Names of the driver's library, in the order in which they are tried.</summary>
    public static IReadOnlyList<string> Names => OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"];

    /// <summary>Loads and starts the driver.</summary>
    /// <param name="names">Names of its library.</param>
    /// <param name="driver">The driver; null where there is none, or none that will do.</param>
    /// <param name="reason">Why not, and what to do.</param>
    public static bool TryLoad(
        IReadOnlyList<string> names, [NotNullWhen(true)] out CudaDriver? driver, [NotNullWhen(false)] out string? reason)
    {
        driver = null;
        if (!LibrarySearch.TryLoad(names, out nint library, out string? name))
        {
            reason = $"CUDA's driver ({string.Join(", ", names)}) was not found; install NVIDIA's driver, 520 or newer";
            return false;
        }

        try
        {
            driver = new CudaDriver(library, name);
            reason = null;
            return true;
        }
        catch (CudaException exception)
        {
            reason = exception.Message;
            return false;
        }
    }

    /// <summary>Address of a function of the driver.</summary>
    /// <exception cref="CudaException">The driver has none of this name.</exception>
    public void* Entry(string name) =>
        NativeLibrary.TryGetExport(_library, name, out nint address)
            ? (void*)address
            : throw new CudaException($"{_name} has no {name}: it is too old; install NVIDIA's driver, 520 or newer");

    /// <summary>Throws what a code says; nothing for success.</summary>
    /// <param name="code">What a function returned.</param>
    /// <param name="what">What was being done, for the message.</param>
    public void Check(int code, string what)
    {
        if (code != 0)
        {
            byte* text;
            string says = _errorText(code, &text) == 0 ? Marshal.PtrToStringUTF8((nint)text)! : "unknown";
            throw new CudaException($"{what} failed on the GPU: {says} (CUDA error {code})");
        }
    }

    /// <summary>Launches a kernel.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="across">Blocks in the first direction.</param>
    /// <param name="down">Blocks in the second.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="stream">Where.</param>
    /// <param name="dependent">
    /// Whether it may start before the kernel in front of it has ended, for which it waits itself; compute capability 9.0.
    /// </param>
    /// <param name="arguments">Address of the kernel's one parameter.</param>
    /// <param name="sharedBytes">Memory of each block beyond what the kernel declares.</param>
    public void Launch(
        nint function, int across, int down, int threads, nint stream, bool dependent, void* arguments, int sharedBytes = 0)
    {
        LaunchAttribute attribute = new() { Id = DependentLaunch, Value = 1 };
        LaunchSettings settings = new()
        {
            Across = (uint)across,
            Down = (uint)down,
            Deep = 1,
            ThreadsAcross = (uint)threads,
            ThreadsDown = 1,
            ThreadsDeep = 1,
            SharedBytes = (uint)sharedBytes,
            Stream = stream,
            Attributes = dependent ? &attribute : null,
            AttributeCount = dependent ? 1u : 0,
        };
        void* parameter = arguments;
        int code = _launch(&settings, function, &parameter, null);
        if (code != 0)
        {
            Check(code, "launching a kernel");
        }
    }

    /// <summary>Marks a place in a stream.</summary>
    public void Record(nint mark, nint stream)
    {
        int code = _record(mark, stream);
        if (code != 0)
        {
            Check(code, "recording an event");
        }
    }

    /// <summary>Lets a stream wait for a place in another.</summary>
    public void Wait(nint stream, nint mark)
    {
        int code = _wait(stream, mark, 0);
        if (code != 0)
        {
            Check(code, "waiting for an event");
        }
    }

    /// <summary>Copies within the device's memory.</summary>
    public void Copy(nint to, nint from, long bytes, nint stream)
    {
        int code = _copy(to, from, (nuint)bytes, stream);
        if (code != 0)
        {
            Check(code, "copying");
        }
    }

    // CUlaunchConfig and CUlaunchAttribute of cuda.h.
    private struct LaunchSettings
    {
        public uint Across;
        public uint Down;
        public uint Deep;
        public uint ThreadsAcross;
        public uint ThreadsDown;
        public uint ThreadsDeep;
        public uint SharedBytes;
        public nint Stream;
        public LaunchAttribute* Attributes;
        public uint AttributeCount;
    }

    [StructLayout(LayoutKind.Explicit, Size = 72)]
    private struct LaunchAttribute
    {
        [FieldOffset(0)]
        public int Id;

        [FieldOffset(8)]
        public int Value;
    }
}
