namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>
/// References that are wrong and known, from <c>KnownBackEdges.txt</c>: one <c>from file -> to file</c> a line, <c>#</c> starts a comment.
/// </summary>
internal static class KnownEdges
{
    /// <summary>The file beside the tests.</summary>
    public static string FilePath => Path.Combine(RepositoryFolder.Root, "tests", "ALoRA.Onnx.Architecture.Tests", "KnownBackEdges.txt");

    /// <summary>The edges in a text.</summary>
    public static IReadOnlySet<string> Parse(string text) => text
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .ToHashSet();

    /// <summary>Compares what was found with what is known.</summary>
    /// <returns>A sentence for each edge that is not known, and for each one that is known and gone.</returns>
    public static IReadOnlyList<string> Compare(IReadOnlyList<Reference> found, IReadOnlySet<string> known)
    {
        HashSet<string> edges = [.. found.Select(reference => reference.Edge)];
        return
        [
            .. found.Where(reference => !known.Contains(reference.Edge))
                .Select(reference => $"{reference.Edge} (line {reference.Line}: {reference.Name})"),
            .. known.Where(edge => !edges.Contains(edge)).Order(StringComparer.Ordinal)
                .Select(edge => $"{edge} (gone: delete it from KnownBackEdges.txt)"),
        ];
    }
}
