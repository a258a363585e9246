using System.IO.Compression;
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

        string alora = Path.Combine(place, OperatingSystem.IsWindows() ? "alora.exe" : "alora");
        string answer = await DotnetCommand.RunProgramAsync(
            alora, feed.Folder, "run", await DemoModel.FolderAsync(), "What is 47 + 38?", "--intrinsic", "certainty");
        Assert.StartsWith("47 + 38 = 85.", answer);

        await DotnetCommand.RunAsync(feed.Folder, "tool", "uninstall", "ALoRA.Onnx.Cli", "--tool-path", place);
        Assert.IsFalse(File.Exists(alora));
    }
}
