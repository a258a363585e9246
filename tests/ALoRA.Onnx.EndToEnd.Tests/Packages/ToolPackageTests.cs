using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Packages;

/// <summary>The tool as its package brings it: packed for this platform, installed, run, uninstalled.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ToolPackageTests
{
    // For one platform; the package for all of them was 558 MB.
    private const long MostBytes = 120_000_000;

    [TestMethod]
    public async Task Tool_PackedForThisPlatform_InstallsRunsAndGoes()
    {
        using LocalFeed feed = LocalFeed.CreateEmpty();
        string platform = RuntimeInformation.RuntimeIdentifier;
        await DotnetCommand.RunAsync(
            RepositoryFolder.Root, "pack", Path.Combine("src", "ALoRA.Onnx.Cli"), "-c", LocalFeed.Configuration, "-o", feed.Packages,
            $"-p:AloraToolPlatforms={platform}", "-p:BuildProjectReferences=false", "-p:RunAnalyzers=false", "-v", "quiet");
        using (ZipArchive package = ZipFile.OpenRead(Directory.EnumerateFiles(feed.Packages, $"*.{platform}.*.nupkg").Single()))
        {
            string[] foreign = [.. package.Entries.Select(entry => entry.FullName)
                .Where(name => name.Contains("/runtimes/", StringComparison.Ordinal) || name.EndsWith(".xml", StringComparison.Ordinal)
                    && name.Contains("ALoRA", StringComparison.Ordinal))];
            Assert.IsEmpty(foreign, "A package of one platform has the files of that platform alone, and no documentation of code.");
        }

        string place = Path.Combine(feed.Folder, "tool");
        await DotnetCommand.RunAsync(feed.Folder, "tool", "install", "ALoRA.Onnx.Cli", "--tool-path", place);
        long bytes = Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.IsLessThan(MostBytes, bytes, "Bytes that the tool takes when it is installed.");

        AssertDashboard_HasAllButItsSourceMap(place);

        string alora = Path.Combine(place, OperatingSystem.IsWindows() ? "alora.exe" : "alora");
        string answer = await DotnetCommand.RunProgramAsync(
            alora, feed.Folder, "run", await DemoModel.FolderAsync(), "What is 47 + 38?", "--intrinsic", "certainty");
        Assert.StartsWith("47 + 38 = 85.", answer);

        await DotnetCommand.RunAsync(feed.Folder, "tool", "uninstall", "ALoRA.Onnx.Cli", "--tool-path", place);
        Assert.IsFalse(File.Exists(alora));
    }

    /// <summary>The package leaves out what 13 of the 18 MB of Orleans' dashboard are for: its source, in the browser's debugger.</summary>
    private static void AssertDashboard_HasAllButItsSourceMap(string place)
    {
        string installed = Directory.EnumerateFiles(place, "Orleans.Dashboard.dll", SearchOption.AllDirectories).Single();
        string original = Path.Combine(AppContext.BaseDirectory, "Orleans.Dashboard.dll");
        const string map = "Orleans.Dashboard.wwwroot.index.min.js.map";
        (string[] resources, int types, int methods) = Read(original);
        (string[] kept, int keptTypes, int keptMethods) = Read(installed);
        Assert.Contains(map, resources, "The package of the dashboard has no map any more, so that the tool need not take it out.");
        CollectionAssert.AreEqual(resources.Where(name => name != map).ToArray(), kept);
        Assert.AreEqual((types, methods), (keptTypes, keptMethods));

        static (string[] Resources, int Types, int Methods) Read(string path)
        {
            using PEReader assembly = new(File.OpenRead(path));
            MetadataReader reader = assembly.GetMetadataReader();
            IEnumerable<string> names = reader.ManifestResources
                .Select(handle => reader.GetString(reader.GetManifestResource(handle).Name));
            return ([.. names.Order(StringComparer.Ordinal)], reader.TypeDefinitions.Count, reader.MethodDefinitions.Count);
        }
    }
}
