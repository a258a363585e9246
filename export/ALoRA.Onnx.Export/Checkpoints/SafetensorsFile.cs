using ALoRA.Onnx.Export.Checkpoints.Safetensors;
using ALoRA.Onnx.Export.Checkpoints.Storage;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export;

/// <summary>A safetensors file whose header was checked as a whole when it was opened. Tensor bytes are read on demand.</summary>
/// <remarks>
/// Thread-safe. The rules are those of the format's own description: 8 bytes of header length (at most
/// 100 MB), a JSON object in UTF-8 that starts with <c>{</c>, no duplicate keys, tensors that cover the
/// rest of the file without holes and overlaps, sizes that agree with shapes.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;

    private SafetensorsFile(MappedFile file)
    {
        _file = file;
        CheckedHeader header = CheckedHeader.Read(file);
        Metadata = header.Metadata;
        Dictionary<string, CheckpointTensor> tensors = new(header.Entries.Count, StringComparer.Ordinal);
        foreach ((SafetensorsEntry entry, TensorEncoding encoding) in header.Entries)
        {
            FileRange range = new(file, header.DataOffset + entry.Begin, entry.End - entry.Begin);
            tensors.Add(entry.Name, new CheckpointTensor(entry.Name, encoding, entry.Shape, range));
        }

        Tensors = tensors;
    }

    /// <summary>The path as it was given.</summary>
    public string Path => _file.Path;

    /// <summary>The tensors by name, enumerated in the order of the header.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors { get; }

    /// <summary>The free texts of <c>__metadata__</c>; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="CheckpointFormatException">The file breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file; its tensors cannot be read any more.</summary>
    public void Dispose() => _file.Dispose();
}
