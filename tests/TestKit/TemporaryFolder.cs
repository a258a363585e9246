namespace ALoRA.Onnx.TestKit;

/// <summary>A fresh folder that is deleted with its content when disposed.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Absolute path of the folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("alora-test-").FullName;

    /// <summary>Path of something inside the folder.</summary>
    public string this[params ReadOnlySpan<string> parts] => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose()
    {
        // A copy of a file that is not to be written is such a file, too, and Windows deletes none.
        if (OperatingSystem.IsWindows())
        {
            foreach (string file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
            {
                File.SetAttributes(file, FileAttributes.Normal);
            }
        }

        Directory.Delete(Path, recursive: true);
    }
}
