namespace ALoRA.Onnx.TestKit;

/// <summary>Finds the repository, starting from the test binary's folder.</summary>
public static class RepositoryFolder
{
    /// <summary>The folder that holds <c>ALoRA.Onnx.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

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
