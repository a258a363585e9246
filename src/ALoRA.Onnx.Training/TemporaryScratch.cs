namespace ALoRA.Onnx.Training;

/// <summary>A folder for what nobody keeps.</summary>
internal sealed class TemporaryScratch : IDisposable
{
    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("alora-training-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
