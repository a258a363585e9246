using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>CUDA's run-time compiler, NVRTC, found when the program runs. Immutable; any thread. The library stays loaded.</summary>
internal sealed unsafe class KernelCompiler
{
    private readonly nint _library;
    private readonly string _name;

    private KernelCompiler(nint library, string name)
    {
        _library = library;
        _name = name;
        int major;
        int minor;
        Check(((delegate* unmanaged<int*, int*, int>)Entry("nvrtcVersion"))(&major, &minor), "asking for the version");
        Version = $"{major}.{minor}";
    }

    /// <summary>Names of the compiler's library, in the order in which they are tried.</summary>
    public static IReadOnlyList<string> Names => OperatingSystem.IsWindows()
        ? ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll"]
        : ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"];

    /// <summary>The compiler's version, such as <c>13.0</c>.</summary>
    public string Version { get; }

    /// <summary>Loads the compiler.</summary>
    /// <param name="names">Names of its library.</param>
    /// <param name="compiler">The compiler; null where there is none.</param>
    /// <param name="reason">Why not, and what to do.</param>
    public static bool TryLoad(
        IReadOnlyList<string> names, [NotNullWhen(true)] out KernelCompiler? compiler, [NotNullWhen(false)] out string? reason)
    {
        compiler = null;
        if (!LibrarySearch.TryLoad(names, out nint library, out string? name))
        {
            reason = $"CUDA's run-time compiler ({string.Join(", ", names)}) was not found; install NVRTC of CUDA 12 or 13, and put its "
                + "folder where the system looks for libraries";
            return false;
        }

        try
        {
            compiler = new KernelCompiler(library, name);
            reason = null;
            return true;
        }
        catch (CudaException exception)
        {
            reason = exception.Message;
            return false;
        }
    }

    /// <summary>Compiles kernels to machine code.</summary>
    /// <param name="text">CUDA C++ without headers.</param>
    /// <param name="architecture">Such as <c>sm_90</c>.</param>
    /// <exception cref="CudaException">They do not compile; the message has the compiler's first lines.</exception>
    public byte[] Compile(string text, string architecture) =>
        Compile(text, architecture, "nvrtcGetCUBINSize", "nvrtcGetCUBIN", "reading the machine code");

    /// <summary>Compiles kernels to PTX, without the zero at its end.</summary>
    /// <param name="text">CUDA C++ without headers.</param>
    /// <param name="architecture">Such as <c>compute_90</c>.</param>
    /// <exception cref="CudaException">They do not compile; the message has the compiler's first lines.</exception>
    public byte[] CompilePtx(string text, string architecture) =>
        Compile(text, architecture, "nvrtcGetPTXSize", "nvrtcGetPTX", "reading the PTX")[..^1];

    private byte[] Compile(string text, string architecture, string sizeEntry, string codeEntry, string reading)
    {
        nint program;
        fixed (byte* source = Encoding.UTF8.GetBytes(text + '\0'))
        {
            Check(
                ((delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Entry("nvrtcCreateProgram"))(
                    &program, source, null, 0, null, null),
                "reading the kernels");
        }

        try
        {
            fixed (byte* target = Encoding.UTF8.GetBytes($"--gpu-architecture={architecture}\0"))
            fixed (byte* standard = "--std=c++17\0"u8)
            {
                byte** options = stackalloc byte*[] { target, standard };
                int code = ((delegate* unmanaged<nint, int, byte**, int>)Entry("nvrtcCompileProgram"))(program, 2, options);
                if (code != 0)
                {
                    throw new CudaException(
                        $"{_name} {Version} does not compile the kernels for {architecture}: {Log(program)}; install a newer NVRTC");
                }
            }

            nuint size;
            Check(((delegate* unmanaged<nint, nuint*, int>)Entry(sizeEntry))(program, &size), reading);
            byte[] code8 = new byte[(int)size];
            fixed (byte* place = code8)
            {
                Check(((delegate* unmanaged<nint, byte*, int>)Entry(codeEntry))(program, place), reading);
            }

            return code8;
        }
        finally
        {
            _ = ((delegate* unmanaged<nint*, int>)Entry("nvrtcDestroyProgram"))(&program);
        }
    }

    private string Log(nint program)
    {
        const int MostCharacters = 600;
        nuint size;
        if (((delegate* unmanaged<nint, nuint*, int>)Entry("nvrtcGetProgramLogSize"))(program, &size) != 0 || size <= 1)
        {
            return "it does not say why";
        }

        byte[] bytes = new byte[(int)size];
        fixed (byte* place = bytes)
        {
            _ = ((delegate* unmanaged<nint, byte*, int>)Entry("nvrtcGetProgramLog"))(program, place);
        }

        string log = Encoding.UTF8.GetString(bytes).TrimEnd('\0', '\n').ReplaceLineEndings(" | ");
        return log.Length <= MostCharacters ? log : log[..MostCharacters] + " ...";
    }

    private void* Entry(string name) =>
        NativeLibrary.TryGetExport(_library, name, out nint address)
            ? (void*)address
            : throw new CudaException($"{_name} has no {name}; install NVRTC of CUDA 12 or 13");

    private void Check(int code, string what)
    {
        if (code != 0)
        {
            throw new CudaException($"{what} failed in {_name}: NVRTC error {code}");
        }
    }
}
