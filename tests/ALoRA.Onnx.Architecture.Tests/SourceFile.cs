namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>A C# file.</summary>
/// <param name="Path">Path relative to its project, or to the repository, with <c>/</c>.</param>
/// <param name="Text">Its content.</param>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>All C# files of the repository that people write, with paths relative to it.</summary>
    public static IEnumerable<SourceFile> OfRepository() => new[] { "src", "export", "tests", "samples", "benchmarks" }
        .SelectMany(top => Below(System.IO.Path.Combine(RepositoryFolder.Root, top))
            .Select(source => source with { Path = $"{top}/{source.Path}" }));

    /// <summary>The C# files below a folder but build outputs and generated code (<c>.g.cs</c>), in the order of their paths.</summary>
    public static IReadOnlyList<SourceFile> Below(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Full: path, Relative: System.IO.Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .Where(path => !path.Relative.Split('/').Any(part => part is "bin" or "obj" or "artifacts") && !IsGenerated(path.Relative))
            .OrderBy(path => path.Relative, StringComparer.Ordinal)
            .Select(path => new SourceFile(path.Relative, File.ReadAllText(path.Full))),
    ];

    /// <summary>Whether a tool wrote a file, whose form is then the tool's.</summary>
    public static bool IsGenerated(string path) => path.EndsWith(".g.cs", StringComparison.Ordinal);
}
