using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Export.Output;

/// <summary>Exchanges two folders in one step, so that at no time one of the names has none.</summary>
internal static partial class FolderExchange
{
    private const int CurrentFolder = -100;
    private const uint Exchange = 2;

    /// <summary>Exchanges two folders of one file system.</summary>
    /// <returns>False if the system has no call for it, or the file system cannot; nothing has changed then.</returns>
    public static bool Try(string first, string second)
    {
        try
        {
            return OperatingSystem.IsLinux() ? Rename(CurrentFolder, first, CurrentFolder, second, Exchange) == 0
                : OperatingSystem.IsMacOS() && Rename(first, second, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // An older C library than the call.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "renamex_np", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(string from, string to, uint flags);
}
