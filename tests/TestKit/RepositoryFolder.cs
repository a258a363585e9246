namespace ALoRA.Onnx.TestKit;

/// <summary>Finds the repository and the golden data beside it, starting from the test binary's folder.</summary>
public static class RepositoryFolder
{
    /// <summary>The folder that holds <c>ALoRA.Onnx.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Path of a folder or file below <c>../shared</c>; the test is inconclusive (skipped) where it is missing.</summary>
    public static string Shared(params ReadOnlySpan<string> parts)
    {
        string path = Path.Combine([Root, "..", "shared", .. parts]);
        if (!Path.Exists(path))
        {
            Assert.Inconclusive($"Skipped: golden data not found at {Path.GetFullPath(path)}. It lies beside the repository in the shared folder.");
        }

        return Path.GetFullPath(path);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ALoRA.Onnx.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"ALoRA.Onnx.sln was not found above {AppContext.BaseDirectory}.");
    }
}
