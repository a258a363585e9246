using System.Xml.Linq;
using ALoRA.Onnx.EndToEnd.Tests.Documents;

namespace ALoRA.Onnx.EndToEnd.Tests.Packages;

/// <summary>
/// What a reader does with a snippet: <c>dotnet new console</c>, the packages that the documentation names, the snippet as the whole
/// program.
/// In one test, as the feed is packed once, and not beside others: the current folder is the process's.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class ConsoleProjectTests
{
    [TestMethod]
    public async Task Snippets_InNewConsoleProjects_SayWhatTheDocumentsShow()
    {
        using RepositoryLikeFolder repository = await RepositoryLikeFolder.EnterAsync();
        using LocalFeed feed = await LocalFeed.CreateAsync();
        string asked = await RunAsync(feed, repository, "ask", "ALoRA.Onnx", "Microsoft.ML.OnnxRuntime");
        Assert.MatchesRegex(@"^47 \+ 38 = 85\. 9\d\s?% sure, 31 tokens reused\.$", asked);
        string exported = await RunAsync(feed, repository, "export", "ALoRA.Onnx.Export");
        Assert.EndsWith("granite: 6,623,488 parameters", exported);
        string chatted = await RunAsync(feed, repository, "chat", "ALoRA.Onnx.Extensions.AI", "Microsoft.ML.OnnxRuntime");
        Assert.MatchesRegex(@"^47 \+ 38 = 85\. \(9\d\s?% sure\)$", chatted);
    }

    private static async Task<string> RunAsync(LocalFeed feed, RepositoryLikeFolder repository, string snippet, params string[] packages)
    {
        string folder = Path.Combine(feed.Folder, snippet);
        await DotnetCommand.RunAsync(feed.Folder, "new", "console", "--no-restore", "--output", folder);
        string project = Directory.EnumerateFiles(folder, "*.csproj").Single();
        XDocument file = XDocument.Load(project);
        file.Root!.Add(new XElement(
            "ItemGroup",
            packages.Select(package => new XElement(
                "PackageReference",
                new XAttribute("Include", package),
                new XAttribute(
                    "Version",
                    package.StartsWith("ALoRA", StringComparison.Ordinal) ? feed.VersionOf(package) : LocalFeed.OnnxRuntimeVersion)))));
        file.Save(project);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), DocumentSnippet.Named(snippet).Code);
        string output = await DotnetCommand.RunAsync(repository.Path, "run", "--project", project);
        return output.ReplaceLineEndings("\n").Trim();
    }
}
