namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>Finds programs that a machine may have.</summary>
internal static class Programs
{
    /// <summary>Path of a program that the shell would start; null for none.</summary>
    public static string? Find(string name) => OperatingSystem.IsWindows()
        ? null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
