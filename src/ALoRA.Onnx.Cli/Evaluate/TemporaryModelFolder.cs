namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>A place for an export that is needed for a moment.</summary>
internal sealed class TemporaryModelFolder : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("alora-verify-").FullName;

    /// <summary>Where the model folder can be made; it does not exist yet.</summary>
    public string Path => System.IO.Path.Combine(_parent, "model");

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
