using System.Xml.Linq;

namespace ALoRA.Onnx.EndToEnd.Tests.Packages;

/// <summary>
/// A folder with the packages of this repository's libraries, as they were built, and a <c>nuget.config</c> that takes everything else
/// from the packages that the build restored. So nothing is fetched.
/// </summary>
internal sealed class LocalFeed : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private LocalFeed()
    {
    }

    /// <summary>Folder that has the <c>nuget.config</c>; projects below it restore from the feed.</summary>
    public string Folder => _folder.Path;

    /// <summary>Folder of the packages.</summary>
    public string Packages => _folder["feed"];

    /// <summary>Configuration of this build, such as <c>release</c>: the name of the folder that the tests lie in.</summary>
    public static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>Version of ONNX Runtime in <c>Directory.Packages.props</c>.</summary>
    public static string OnnxRuntimeVersion => XDocument.Load(Path.Combine(RepositoryFolder.Root, "Directory.Packages.props"))
        .Descendants("OnnxRuntimeVersion").Single().Value;

    /// <summary>Packs the libraries.</summary>
    public static async Task<LocalFeed> CreateAsync()
    {
        LocalFeed feed = CreateEmpty();
        await DotnetCommand.RunAsync(
            RepositoryFolder.Root, "msbuild", Path.Combine("tests", "ALoRA.Onnx.EndToEnd.Tests", "Packages", "Libraries.proj"), "-t:Pack",
            $"-p:Configuration={Configuration}", $"-p:Feed={feed.Packages}", "-nologo", "-verbosity:quiet");
        return feed;
    }

    /// <summary>A feed without packages.</summary>
    public static LocalFeed CreateEmpty()
    {
        LocalFeed feed = new();
        Directory.CreateDirectory(feed.Packages);
        string restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(
            feed._folder["nuget.config"],
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{feed._folder["packages"]}" /></config>
              <packageSources><clear /><add key="local" value="{feed.Packages}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="restored" value="{restored}" /></fallbackPackageFolders>
            </configuration>
            """);
        return feed;
    }

    /// <summary>The version of a package of the feed.</summary>
    public string VersionOf(string package)
    {
        string file = Directory.EnumerateFiles(Packages, $"{package}.?.*.nupkg")
            .Single(path => char.IsDigit(Path.GetFileName(path)[package.Length + 1]));
        return Path.GetFileNameWithoutExtension(file)[(package.Length + 1)..];
    }

    public void Dispose() => _folder.Dispose();
}
