using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Tensors;

/// <summary>
/// Whole pages of the operating system, zero and uncommitted until they are written, which get back there at once when they are freed. An
/// allocator in between keeps what is freed for itself: a hundred caches that are gone would still be resident.
/// </summary>
internal static unsafe partial class SystemMemory
{
    private const int ReadWrite = 3;
    private const int Private = 2;
    private const int DontNeed = 4;
    private const uint CommitAndReserve = 0x3000;
    private const uint PageReadWrite = 4;
    private const uint ReleaseAll = 0x8000;

    /// <summary>Allocates.</summary>
    /// <returns>The address; 0 if there is not so much.</returns>
    public static nint Allocate(long length)
    {
        if (OperatingSystem.IsWindows())
        {
            return VirtualAlloc(0, (nuint)length, CommitAndReserve, PageReadWrite);
        }

        int anonymous = OperatingSystem.IsLinux() ? 0x20 : 0x1000;
        nint address = Map(0, (nuint)length, ReadWrite, Private | anonymous, -1, 0);
        return address == -1 ? 0 : address;
    }

    /// <summary>Frees what <see cref="Allocate"/> gave.</summary>
    public static bool Free(nint address, long length) =>
        OperatingSystem.IsWindows() ? VirtualFree(address, 0, ReleaseAll) != 0 : Unmap(address, (nuint)length) == 0;

    /// <summary>
    /// Takes pages that can be read again where they come from out of those that count as resident.
    /// A page that is not wholly within the range stays.
    /// </summary>
    /// <remarks>Windows and macOS do so by themselves when memory is short.</remarks>
    public static void Release(nint address, long length)
    {
        long page = Environment.SystemPageSize;
        long from = (address + page - 1) / page * page;
        long to = (address + length) / page * page;
        if (from < to && OperatingSystem.IsLinux())
        {
            // Advice: if it is refused, the pages stay until memory is short.
            _ = Advise((nint)from, (nuint)(to - from), DontNeed);
        }
    }

    /// <summary>
    /// Gives back pages of memory of the process's own whose content nobody needs any more; they are zero, or as they were, when they are
    /// next read. A page that is not wholly within the range stays.
    /// </summary>
    public static void Discard(nint address, long length) => Release(address, length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int VirtualFree(nint address, nuint size, uint type);
}
