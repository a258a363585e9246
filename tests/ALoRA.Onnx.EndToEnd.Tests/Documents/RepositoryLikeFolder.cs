using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Documents;

/// <summary>
/// A folder with the demo checkpoint and the exported demo model where the README expects them, as the current folder until it is disposed.
/// </summary>
internal sealed class RepositoryLikeFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;

    private RepositoryLikeFolder()
    {
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Path => _folder.Path;

    public static async Task<RepositoryLikeFolder> EnterAsync()
    {
        RepositoryLikeFolder folder = new();
        Copy(DemoModel.Checkpoint, folder._folder["onnx-models", "demo-checkpoint"]);
        Copy(await DemoModel.FolderAsync(), folder._folder["onnx-models", "demo"]);
        Environment.CurrentDirectory = folder._folder.Path;
        return folder;
    }

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, System.IO.Path.Combine(target, System.IO.Path.GetFileName(file)));
        }

        foreach (string folder in Directory.EnumerateDirectories(source))
        {
            Copy(folder, System.IO.Path.Combine(target, System.IO.Path.GetFileName(folder)));
        }
    }
}
