using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>
/// A folder of many adapters in the layout of IBM's libraries, <c>INTRINSIC/BASE/alora|lora</c>,
/// or the older <c>INTRINSIC/alora|lora/BASE</c>.
/// </summary>
internal static class AdapterLibrary
{
    private const string ConfigFile = "adapter_config.json";
    private static readonly string[] Kinds = ["alora", "lora"];

    /// <summary>Whether a folder is a library and not an adapter itself.</summary>
    public static bool Is(string folder) =>
        !File.Exists(Path.Combine(folder, ConfigFile)) && Directory.Exists(folder) && Entries(folder).Any();

    /// <summary>The adapters for a base, in the order of their names.</summary>
    /// <param name="library">The library.</param>
    /// <param name="baseName">Name of the base's folders; null if the library has only one.</param>
    /// <param name="kind"><c>alora</c> or <c>lora</c>.</param>
    /// <param name="suffix">Put behind every name.</param>
    /// <exception cref="CommandFailedException">The base is not named or not there.</exception>
    public static IReadOnlyList<AdapterSource> Find(string library, string? baseName, string kind, string suffix)
    {
        Entry[] entries = [.. Entries(library)];
        string[] bases = [.. entries.Select(entry => entry.Base).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string list = string.Join(", ", bases);
        baseName ??= bases.Length == 1
            ? bases[0]
            : throw new CommandFailedException(
                ExitCode.Usage, $"{library} has adapters for several bases: {list}. Choose one with --base.");
        AdapterSource[] found =
        [
            .. entries.Where(entry => entry.Base == baseName && entry.Kind == kind)
                .OrderBy(entry => entry.Intrinsic, StringComparer.Ordinal)
                .Select(entry => new AdapterSource(entry.Intrinsic + suffix, entry.Folder)),
        ];
        return found.Length > 0
            ? found
            : throw new CommandFailedException(
                ExitCode.BadInput,
                $"{library} has no {kind} adapter for the base '{baseName}'. It has adapters for {list}, of the kinds "
                + $"{string.Join(" and ", Kinds)}.");
    }

    private static IEnumerable<Entry> Entries(string library) =>
        from intrinsic in Directory.EnumerateDirectories(library)
        from first in Directory.EnumerateDirectories(intrinsic)
        from second in Directory.EnumerateDirectories(first)
        where new[] { intrinsic, first, second }.All(folder => Path.GetFileName(folder)[0] != '.')
        where File.Exists(Path.Combine(second, ConfigFile))
        let outer = Path.GetFileName(first)
        let inner = Path.GetFileName(second)
        where Kinds.Contains(inner, StringComparer.Ordinal) || Kinds.Contains(outer, StringComparer.Ordinal)
        select Kinds.Contains(inner, StringComparer.Ordinal)
            ? new Entry(Path.GetFileName(intrinsic), outer, inner, second)
            : new Entry(Path.GetFileName(intrinsic), inner, outer, second);

    private sealed record Entry(string Intrinsic, string Base, string Kind, string Folder);
}
