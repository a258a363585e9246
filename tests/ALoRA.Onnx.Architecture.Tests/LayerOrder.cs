namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>Which folder of a project may use which.</summary>
/// <param name="lines">Folders, bottom first, those of one line with spaces between; "." is the project's root.</param>
internal sealed class LayerOrder(IReadOnlyList<string> lines)
{
    private readonly Dictionary<string, int> _levels = lines
        .SelectMany((line, level) => line.Split(' ').Select(folder => (folder, level)))
        .ToDictionary(entry => entry.folder, entry => entry.level);

    /// <summary>The folders of all lines.</summary>
    public IEnumerable<string> Folders => _levels.Keys;

    /// <summary>The top folder of a file, "." for one in the project's root.</summary>
    public static string FolderOf(string path) => path.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? path[..slash] : ".";

    /// <summary>
    /// Whether a folder must not use another one.
    /// One that is in no line may use all and be used by all; that it is in none is an error of its own.
    /// </summary>
    public bool Forbids(string user, string used) =>
        user != used && _levels.TryGetValue(user, out int level) && _levels.TryGetValue(used, out int usedLevel) && usedLevel >= level;
}
