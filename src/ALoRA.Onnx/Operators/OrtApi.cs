using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Operators;

/// <summary>
/// The entries of ONNX Runtime's C API that operators need, which the managed binding does not have. They are read from the table by
/// index: it only grows, each release's library checks that at build time. Immutable; any thread.
/// </summary>
internal sealed unsafe partial class OrtApi
{
    // The API of 1.24, which has the newest entry that is used (414, a shape without a copy).
    private const uint Requested = 24;

    // A wrong index or struct ends the process, and nothing can catch that. So a version is named here only after all tests of this
    // folder have run on it.
    private static readonly string[] Tested = ["1.31.0", "1.31.1"];

    private OrtApi(void** table, string version)
    {
        Table = table;
        Version = version;
    }

    /// <summary>Version of the native library, such as 1.31.1.</summary>
    public string Version { get; }

    /// <summary>The table, which lives as long as the process.</summary>
    public void** Table { get; }

    /// <summary>Finds the table of the native library that the managed binding uses.</summary>
    /// <param name="reason">Why there is none that operators may be used with, and what to do; else null.</param>
    public static OrtApi? TryGet(out string? reason) => TryGet(Tested, null, out reason);

    /// <inheritdoc cref="TryGet(out string?)"/>
    /// <param name="tested">Versions of the library that operators may be used with.</param>
    /// <param name="bound">Version of the library that the managed binding uses; null asks it.</param>
    /// <param name="reason">Why there is none that operators may be used with, and what to do; else null.</param>
    public static OrtApi? TryGet(IReadOnlyList<string> tested, string? bound, out string? reason)
    {
        if (!Environment.Is64BitProcess)
        {
            reason = "operators need a 64-bit process";
            return null;
        }

        try
        {
            // The binding loads its library first, so that ours is found by its name among those that are loaded.
            string loaded = OrtEnv.Instance().GetVersionString();
            // OrtApiBase: GetApi and GetVersionString.
            void** entry = GetApiBase();
            string own = Text(((delegate* unmanaged<byte*>)entry[1])());
            reason = Unsupported(own, bound ?? loaded, tested);
            if (reason is not null)
            {
                return null;
            }

            void** table = ((delegate* unmanaged<uint, void**>)entry[0])(Requested);
            reason = table is null ? $"ONNX Runtime {own} has no API of version {Requested}" : null;
            return table is null ? null : new OrtApi(table, own);
        }
        catch (Exception exception)
            when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException
                or BadImageFormatException or OnnxRuntimeException)
        {
            reason = $"the native ONNX Runtime library could not be loaded for operators: {exception.Message}";
            return null;
        }
    }

    /// <summary>Why operators are not used with a version of the native library; null if they are.</summary>
    /// <param name="own">Version of the library that is asked for operators.</param>
    /// <param name="bound">Version of the library that the managed binding uses.</param>
    /// <param name="tested">Versions that they may be used with; null for those that were tested.</param>
    public static string? Unsupported(string own, string bound, IReadOnlyList<string>? tested = null) =>
        own != bound
            ? $"two ONNX Runtime libraries are loaded, {bound} by the managed binding and {own} by its name; leave one of them in the "
                + "program's folder"
        : !(tested ?? Tested).Contains(own)
            ? $"ONNX Runtime {own} is not among the versions that operators were tested with ({string.Join(", ", tested ?? Tested)}); "
                + "use one of them"
        : null;

    /// <summary>Throws what a status says and frees it.</summary>
    /// <param name="table">The API's table.</param>
    /// <param name="status">What a function gave; 0 is success.</param>
    /// <exception cref="InvalidOperationException">It is a failure.</exception>
    public static void Check(void** table, nint status)
    {
        if (status != 0)
        {
            Throw(table, status);
        }
    }

    /// <summary>Text that ends with a zero.</summary>
    public static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? string.Empty;

    /// <summary>Text with a zero at its end, for a call.</summary>
    public static byte[] Utf8(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    private static void Throw(void** table, nint status)
    {
        string message = Text(((delegate* unmanaged<nint, byte*>)table[OrtEntry.GetErrorMessage])(status));
        ((delegate* unmanaged<nint, void>)table[OrtEntry.ReleaseStatus])(status);
        throw new InvalidOperationException($"ONNX Runtime: {message}");
    }

    // onnxruntime.dll, libonnxruntime.so, libonnxruntime.dylib: the file that the managed binding asks for.
    [LibraryImport("onnxruntime", EntryPoint = "OrtGetApiBase")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial void** GetApiBase();
}
