using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Models;

/// <summary>
/// Notices that another program has written to weights that are mapped.
/// To replace the file by another of its name is no change: the mapping keeps the old one. Thread-safe.
/// </summary>
internal sealed class WeightsGuard : IDisposable
{
    private readonly string _file;
    private readonly SafeFileHandle _handle;
    private readonly DateTime _written;

    /// <summary>Remembers the file as it is.</summary>
    /// <exception cref="ModelFormatException">It can't be read.</exception>
    public WeightsGuard(string file)
    {
        _file = file;
        try
        {
            _handle = File.OpenHandle(file, share: FileShare.ReadWrite | FileShare.Delete);
            _written = File.GetLastWriteTimeUtc(_handle);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{file} can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Refuses to go on with weights that are not those of the model any more.</summary>
    /// <exception cref="ModelFormatException">The file was changed.</exception>
    public void Check()
    {
        if (File.GetLastWriteTimeUtc(_handle) != _written)
        {
            throw new ModelFormatException(
                $"{_file} was changed while the model is open, so that its weights are no longer those of the "
                + "model. Export the model again "
                + "with `alora export` and open it anew. To keep models independent of their files, open them with "
                + $"{nameof(AloraModelOptions)}.{nameof(AloraModelOptions.LoadWeights)} = "
                + $"{nameof(WeightLoading)}.{nameof(WeightLoading.Copy)}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
