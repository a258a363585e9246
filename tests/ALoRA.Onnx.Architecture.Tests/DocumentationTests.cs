using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>What the documents for people name is there, and they stay short.</summary>
[TestClass]
public sealed partial class DocumentationTests
{
    private const string Plan = "docs/architecture.md";
    private const int MaximumLines = 200;

    // Stand for names that the reader chooses.
    private static readonly string[] Placeholders = ["NAME", "FORM"];

    [TestMethod]
    [DataRow(Plan)]
    [DataRow("CONTRIBUTING.md")]
    public void Document_Lines_AreAtMostTwoHundred(string document) =>
        Assert.IsLessThanOrEqualTo(MaximumLines, Read(document).TrimEnd('\n').Split('\n').Length);

    [TestMethod]
    [DataRow(Plan)]
    [DataRow("CONTRIBUTING.md")]
    public void Document_Links_LeadToFilesOfTheRepository(string document)
    {
        string folder = Path.GetDirectoryName(Path.Combine(RepositoryFolder.Root, document))!;
        string[] targets = [.. RelativeLink().Matches(Read(document)).Select(match => match.Groups["path"].Value)];
        Assert.IsNotEmpty(targets);
        string[] missing = [.. targets.Where(target => !Path.Exists(Path.Combine(folder, target)))];
        Assert.IsEmpty(missing, $"{document} links to {string.Join(", ", missing)}, which is not there.");
    }

    [TestMethod]
    [DataRow(Plan)]
    [DataRow("CONTRIBUTING.md")]
    public void Document_QuotedPaths_AreEachOneOfTheRepository(string document)
    {
        string[] sources = [.. SourceFile.OfRepository().Select(source => $"/{source.Path}")];
        List<string> broken = [];
        IEnumerable<string> names = Quoted().Matches(Read(document)).Select(match => match.Groups["text"].Value).Distinct();
        foreach (string name in names.Where(name => !Placeholders.Any(word => name.Contains(word, StringComparison.Ordinal))))
        {
            if (SourcePath().IsMatch(name))
            {
                string[] found = [.. sources.Where(source => source.EndsWith($"/{name}", StringComparison.Ordinal))];
                broken.AddRange(found.Length == 1 ? [] : [$"{name} is the end of {found.Length} paths: {string.Join(' ', found)}"]);
            }
            else if (TopFolder().IsMatch(name) && !Path.Exists(Path.Combine(RepositoryFolder.Root, name)))
            {
                broken.Add($"{name} is not there");
            }
        }

        Assert.IsEmpty(broken, $"{document} names files by the end of exactly one path each. Correct it:\n{string.Join('\n', broken)}");
    }

    [TestMethod]
    public void Plan_Layers_AreThoseOfTheHouse()
    {
        string plan = Read(Plan);
        foreach ((string project, string[] lines) in House.Layers.Where(row => !House.Rooms.Contains(row.Key)))
        {
            string row = $"| `{project}` | {string.Join(" < ", lines.Select(line => $"`{line}`"))} |";
            Assert.IsTrue(plan.Contains(row, StringComparison.Ordinal), $"{Plan} should have the line\n{row}");
        }
    }

    private static string Read(string document) =>
        File.ReadAllText(Path.Combine(RepositoryFolder.Root, document)).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\]\((?<path>[^):#]+)\)")]
    private static partial Regex RelativeLink();

    [GeneratedRegex("(?<!`)`(?<text>[^`\\n]+)`(?!`)")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^[\w./-]+\.cs$")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"^(src|export|tests|samples|benchmarks|docs|onnx-models|\.ci)(/[\w./-]+)?$")]
    private static partial Regex TopFolder();
}
