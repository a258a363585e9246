using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>
/// The README, the pages of <c>docs</c> and the packages' READMEs: short, with links that lead somewhere, quoting what is there.
/// </summary>
[TestClass]
public sealed partial class PagesTests
{
    private const int MaximumLines = 200;

    public static IEnumerable<string[]> Pages => Directory.EnumerateFiles(Full("docs"), "*.md", SearchOption.AllDirectories)
        .Concat(Directory.EnumerateFiles(Full("src", "Packages"), "*.md"))
        .Append(Full("README.md"))
        .Select(path => new[] { Path.GetRelativePath(RepositoryFolder.Root, path).Replace('\\', '/') })
        .OrderBy(row => row[0], StringComparer.Ordinal);

    [TestMethod]
    [DynamicData(nameof(Pages))]
    public void Page_Lines_AreAtMostTwoHundred(string page) =>
        Assert.IsLessThanOrEqualTo(MaximumLines, Read(page).TrimEnd('\n').Split('\n').Length);

    [TestMethod]
    [DynamicData(nameof(Pages))]
    public void Page_Links_LeadToFilesAndHeadings(string page)
    {
        List<string> broken = [];
        foreach (Match link in Link().Matches(OutsideFences(Read(page))))
        {
            string target = link.Groups["file"].Value;
            string file = target.Length == 0 ? Full(page) : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Full(page))!, target));
            string heading = link.Groups["heading"].Value;
            if (!Path.Exists(file))
            {
                broken.Add($"{target} is not there");
            }
            else if (heading.Length > 0 && !HeadingsOf(File.ReadAllText(file)).Contains(heading))
            {
                broken.Add($"{target}#{heading}: the page has no such heading");
            }
        }

        Assert.IsEmpty(broken, $"{page}: {string.Join("; ", broken)}");
    }

    [TestMethod]
    public void Troubleshooting_Messages_AreSentencesOfTheProducts()
    {
        // As whoever reads them sees them: literals put together, without their dollars and joints.
        string sources = string.Join(
            '\n', new[] { "src", "export" }.SelectMany(top => SourceFile.Below(Full(top))).Select(file => file.Text));
        sources = Joint().Replace(sources.ReplaceLineEndings("\n"), "") + File.ReadAllText(Full("Directory.Build.targets"));
        string page = Read("docs/troubleshooting.md");
        string table = page[page.IndexOf("## By message", StringComparison.Ordinal)..page.IndexOf("## Answers", StringComparison.Ordinal)];
        string[] messages =
            [.. FirstCell().Matches(table).SelectMany(row => Quoted().Matches(row.Value)).Select(match => match.Groups["text"].Value)];
        Assert.IsGreaterThan(8, messages.Length);
        string[] unknown =
            [.. messages.Where(message => message.Split('…').Any(part => !sources.Contains(part.Trim(), StringComparison.Ordinal)))];
        Assert.IsEmpty(unknown, $"No source says: {string.Join("; ", unknown)}");
    }

    [TestMethod]
    public void Picture_Dark_IsTheLightOneInOtherColours()
    {
        (string Light, string Dark)[] colours =
        [
            ("fill=\"white\"", "fill=\"#0d1117\""), ("fill=\"black\"", "fill=\"#e6edf3\""), ("stroke=\"black\"", "stroke=\"#8b949e\""),
            ("#d0d0d0", "#30363d"), ("#c53030", "#ff7b72"), ("#2b6cb0", "#79c0ff"),
        ];
        string dark = colours.Aggregate(
            Read("docs/images/first-token.svg"), (text, pair) => text.Replace(pair.Light, pair.Dark, StringComparison.Ordinal));
        Assert.AreEqual(dark, Read("docs/images/first-token-dark.svg"));
    }

    [TestMethod]
    public void HeadingsOf_Page_AreThoseOfItsAnchors() => CollectionAssert.AreEqual(
        new[] { "ten-lines", "as-an-ichatclient", "adapters-and-the-model-while-requests-run" },
        HeadingsOf("# Ten lines\n```bash\n# no heading\n```\n## As an IChatClient\n### Adapters and the model, while requests run\n")
            .ToArray());

    private static IReadOnlyList<string> HeadingsOf(string text) =>
    [
        .. Heading().Matches(OutsideFences(text.ReplaceLineEndings("\n")))
            .Select(match => NotInAnchors().Replace(match.Groups["title"].Value.ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    private static string OutsideFences(string text) => Fence().Replace(text, "");

    private static string Full(params ReadOnlySpan<string> parts) => Path.Combine([RepositoryFolder.Root, .. parts]);

    private static string Read(string page) => File.ReadAllText(Full(page)).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\]\((?<file>[^):#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex("^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("""
        "\s*\+\s*\$?"
        """)]
    private static partial Regex Joint();

    [GeneratedRegex(@"^\| .*? \| ", RegexOptions.Multiline)]
    private static partial Regex FirstCell();

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Quoted();
}
