using System.Text.RegularExpressions;

namespace ALoRA.Onnx.EndToEnd.Tests.Documents;

/// <summary>A C# block of the README or of a page of <c>docs</c>: a whole program, named by a comment in front of it.</summary>
/// <param name="Document">Path of the document, relative to the repository.</param>
/// <param name="Name">Its name, which occurs once.</param>
/// <param name="Code">What is printed.</param>
internal sealed partial record DocumentSnippet(string Document, string Name, string Code)
{
    /// <summary>The documents: the README, the pages and the READMEs of packages, with paths relative to the repository.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        "README.md",
        .. Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Root, "src", "Packages"), "*.md"))
            .Select(path => Path.GetRelativePath(RepositoryFolder.Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All blocks of all documents.</summary>
    public static IReadOnlyList<DocumentSnippet> All { get; } =
    [
        .. from document in Documents
           from Match match in Block().Matches(TextOf(document))
           select new DocumentSnippet(document, match.Groups["name"].Value, match.Groups["code"].Value),
    ];

    /// <summary>The block with a name.</summary>
    public static DocumentSnippet Named(string name) => All.Single(snippet => snippet.Name == name);

    /// <summary>A document's text, with line feeds.</summary>
    public static string TextOf(string document) =>
        File.ReadAllText(Path.Combine(RepositoryFolder.Root, document)).ReplaceLineEndings("\n");

    [GeneratedRegex("(<!-- snippet: (?<name>[a-z-]+) -->\n)?```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
