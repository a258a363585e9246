namespace ALoRA.Onnx.Training;

/// <summary>A folder for what nobody keeps.</summary>
internal sealed class TemporaryScratch : IDisposable
{
    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("alora-training-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // On Windows someone may still read a file, such as a virus scanner. It lies where the system tidies up.
        }
    }
}
