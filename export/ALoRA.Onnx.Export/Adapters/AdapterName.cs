using System.Buffers;

namespace ALoRA.Onnx.Export.Adapters;

/// <summary>Names of adapters are names of folders, the same on every system.</summary>
internal static class AdapterName
{
    private const int Longest = 128;
    private static readonly SearchValues<char> Separators = SearchValues.Create("/\\:*?\"<>|");
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <exception cref="ArgumentException">The name cannot be a folder on every system.</exception>
    public static string Check(string name, string parameter)
    {
        string? problem =
            string.IsNullOrWhiteSpace(name) ? "it is empty"
            : name.Length > Longest ? $"it has {name.Length} characters, at most {Longest} are allowed"
            : name.AsSpan().ContainsAny(Separators) || name.Any(char.IsControl)
                ? "it has a path separator, a wildcard or a control character"
            : name[0] is '.' or ' ' ? "it begins with a dot or a space"
            : name[^1] is '.' or ' ' ? "it ends with a dot or a space"
            : IsDevice(name) ? "Windows keeps it for a device"
            : null;
        return problem is null
            ? name
            : throw new ArgumentException(
                $"'{name}' cannot be the name of an adapter: {problem}. Give a name such as 'certainty'.", parameter);
    }

    /// <summary>The folder's own name, checked.</summary>
    public static string FromFolder(string folder, string parameter) =>
        Check(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), parameter);

    // CON, NUL.txt, COM1, LPT² and their like open a device instead of a file.
    private static bool IsDevice(string name)
    {
        string stem = name.Split('.')[0].TrimEnd(' ');
        return Devices.Contains(stem, StringComparer.OrdinalIgnoreCase)
            || (stem.Length == 4
                && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase)
                    || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
                && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³');
    }
}
