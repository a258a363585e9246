namespace ALoRA.Onnx.TestKit;

/// <summary>Symbolic links, which Windows lets few users make, and which Wine says it made and did not.</summary>
public static class SymbolicLinks
{
    /// <summary>Makes a link to a file; where that can't be done, the test is inconclusive.</summary>
    /// <param name="path">The link.</param>
    /// <param name="target">What it leads to, as it stands in the link; it exists.</param>
    public static void ToFile(string path, string target) => Make(path, () => File.CreateSymbolicLink(path, target), File.Exists);

    /// <summary>Makes a link to a folder; where that can't be done, the test is inconclusive.</summary>
    /// <param name="path">The link.</param>
    /// <param name="target">What it leads to, as it stands in the link.</param>
    public static void ToFolder(string path, string target) =>
        Make(path, () => Directory.CreateSymbolicLink(path, target), _ => new DirectoryInfo(path).LinkTarget is not null);

    private static void Make(string path, Action make, Func<string, bool> isThere)
    {
        try
        {
            make();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && OperatingSystem.IsWindows())
        {
            Assert.Inconclusive($"Skipped: this user may not make symbolic links: {exception.Message}");
        }

        if (!isThere(path) && OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("Skipped: the system says that it made a symbolic link, and there is none (Wine).");
        }
    }
}
