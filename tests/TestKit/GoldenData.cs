namespace ALoRA.Onnx.TestKit;

/// <summary>Finds golden data: in <c>tests/Data</c>, and beside the repository, where all of it may lie.</summary>
/// <remarks>
/// The repository's copy comes first, but for the folders of <c>tests/Data/subsets.txt</c>:
/// of those it holds a part, and the whole is taken where it is there.
/// </remarks>
public static class GoldenData
{
    /// <summary>Set to <c>repository</c>, this environment variable makes tests see what a clone alone sees.</summary>
    public const string Variable = "ALORA_GOLDEN_DATA";

    /// <summary>The golden data that is part of the repository.</summary>
    public static string Repository { get; } = System.IO.Path.Combine(RepositoryFolder.Root, "tests", "Data");

    /// <summary>The folders, relative to <see cref="Repository"/>, that hold a part of what lies beside the repository.</summary>
    public static IReadOnlyList<string> Subsets { get; } = File.ReadAllLines(System.IO.Path.Combine(Repository, "subsets.txt"));

    private static string[] Beside { get; } = Environment.GetEnvironmentVariable(Variable) == "repository"
        ? []
        : [Full("..", "shared", "conformance"), Full("..", "shared")];

    /// <summary>The names of the checkpoints in <c>models</c> that have cases, for tests that run over all that are there.</summary>
    public static IEnumerable<object[]> Models => Directory.EnumerateDirectories(Path("models"))
        .Where(folder => File.Exists(System.IO.Path.Combine(folder, "config.json"))
            && File.Exists(System.IO.Path.Combine(folder, "cases.json")))
        .Select(folder => new object[] { System.IO.Path.GetFileName(folder) })
        .OrderBy(row => (string)row[0], StringComparer.Ordinal);

    /// <summary>
    /// Path of a folder or file, such as <c>("models", "llama")</c>; the test is inconclusive (skipped) where there is none.
    /// </summary>
    public static string Path(params ReadOnlySpan<string> parts)
    {
        if (Find(parts) is string path)
        {
            return path;
        }

        string relative = string.Join('/', parts);
        Assert.Inconclusive(
            $"Skipped: golden data '{relative}' is neither in tests/Data nor beside the repository. It is too large for the "
            + "repository or another party's. "
            + $"Lay it at ../shared/conformance/{relative}, as tests/Data/README.md says.");
        return relative;
    }

    /// <summary>How much of golden data a test must have seen: more where all of it lies than where the repository's part does.</summary>
    public static int Floor(string path, int ofAll, int ofPart) => path.StartsWith(Repository, StringComparison.Ordinal) ? ofPart : ofAll;

    /// <summary>Path of a folder or file, or null where there is none.</summary>
    public static string? Find(params ReadOnlySpan<string> parts)
    {
        string relative = string.Join('/', parts);
        bool isPart = Subsets.Any(folder => $"{relative}/".StartsWith($"{folder}/", StringComparison.Ordinal));
        foreach (string root in isPart ? [.. Beside, Repository] : (string[])[Repository, .. Beside])
        {
            string path = System.IO.Path.Combine([root, .. parts]);
            if (System.IO.Path.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    private static string Full(params ReadOnlySpan<string> parts) =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine([RepositoryFolder.Root, .. parts]));
}
