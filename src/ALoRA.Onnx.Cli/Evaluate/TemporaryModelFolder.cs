namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>A place for an export that is needed for a moment.</summary>
internal sealed class TemporaryModelFolder : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("alora-verify-").FullName;

    /// <summary>Where the model folder can be made; it does not exist yet.</summary>
    public string Path => System.IO.Path.Combine(_parent, "model");

    public void Dispose()
    {
        try
        {
            Directory.Delete(_parent, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // On Windows someone may still read a file, such as a virus scanner. It lies where the system tidies up.
        }
    }
}
