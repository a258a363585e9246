namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>Adapters as files.</summary>
internal static class AdapterFiles
{
    /// <summary>Copies a folder's files, over those that are there.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }
}
