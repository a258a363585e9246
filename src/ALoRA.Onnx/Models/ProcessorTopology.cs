using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Models;

/// <summary>
/// Counts physical cores: two hardware threads of one core share its multipliers, so that matrix products gain nothing from the second.
/// </summary>
internal static partial class ProcessorTopology
{
    /// <summary>Physical cores that this process may use, at least 1.</summary>
    /// <remarks>
    /// A virtual machine with two processors often has them as two threads of one core; computing on one
    /// of two was measured 1.6 times slower, so two are always taken where there are two.
    /// </remarks>
    public static int UsableCores()
    {
        int processors = Environment.ProcessorCount;
        int physical = OperatingSystem.IsLinux()
            ? CoresOfLinux()
            : OperatingSystem.IsWindows()
            ? CoresOfWindows()
            : OperatingSystem.IsMacOS()
            ? CoresOfMacOS()
            : 0;
        return physical == 0 ? processors : Math.Min(processors, Math.Max(physical, Math.Min(2, processors)));
    }

    /// <summary>
    /// Distinct sets of sibling threads below a folder laid out like <c>/sys/devices/system/cpu</c>; 0 if it can't be told.
    /// </summary>
    public static int CoresOfLinux(string folder = "/sys/devices/system/cpu")
    {
        try
        {
            HashSet<string> cores = new(StringComparer.Ordinal);
            foreach (string cpu in Directory.EnumerateDirectories(folder, "cpu*"))
            {
                string siblings = Path.Combine(cpu, "topology", "thread_siblings_list");
                if (File.Exists(siblings))
                {
                    cores.Add(File.ReadAllText(siblings).Trim());
                }
            }

            return cores.Count;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static unsafe int CoresOfWindows()
    {
        const int RelationProcessorCore = 0;
        uint length = 0;
        GetLogicalProcessorInformationEx(RelationProcessorCore, null, ref length);
        byte[] buffer = new byte[length];
        fixed (byte* start = buffer)
        {
            if (length == 0 || !GetLogicalProcessorInformationEx(RelationProcessorCore, start, ref length))
            {
                return 0;
            }

            // Records of different length; each starts with its relationship and its size, one record a core.
            int cores = 0;
            for (uint offset = 0; offset + 8 <= length;)
            {
                uint size = *(uint*)(start + offset + 4);
                if (size < 8)
                {
                    return 0;
                }

                cores++;
                offset += size;
            }

            return cores;
        }
    }

    private static unsafe int CoresOfMacOS()
    {
        int cores = 0;
        nuint size = sizeof(int);
        return SystemControlByName("hw.physicalcpu", &cores, &size, null, 0) == 0 ? cores : 0;
    }

    [LibraryImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetLogicalProcessorInformationEx(int relationship, byte* buffer, ref uint length);

    [LibraryImport("libSystem", EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int SystemControlByName(string name, void* value, nuint* size, void* newValue, nuint newSize);
}
