namespace ALoRA.Onnx.Export.Calibration;

/// <summary>A folder within the unfinished model folder for files that are needed for a while.</summary>
internal sealed class TemporaryScratch : IDisposable
{
    public TemporaryScratch(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
    }

    public string Path { get; }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
