namespace ALoRA.Onnx.Training;

/// <summary>
/// Keeps a second training away from an output folder and its checkpoint, and shows before the first step whether anything can be written
/// beside it. Disposed, or when the process ends, it is free again.
/// </summary>
internal sealed class TrainingLock : IDisposable
{
    private readonly FileStream _file;

    private TrainingLock(FileStream file) => _file = file;

    /// <summary>Takes the place.</summary>
    /// <param name="output">The folder that is to be made.</param>
    /// <exception cref="IOException">Another training has it, or nothing can be written there.</exception>
    public static TrainingLock Take(string output)
    {
        string folder = Path.GetDirectoryName(output) ?? output;
        string path = Path.Combine(folder, $".{Path.GetFileName(output)}.training");
        try
        {
            Directory.CreateDirectory(folder);
            return new TrainingLock(
                new FileStream(
                    path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                File.Exists(path)
                    ? $"{output}: another training writes there now ({exception.Message}). Wait for it, or choose another folder."
                    : $"{folder} cannot be written: {exception.Message} Choose another folder or change its permissions.",
                exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
