using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.Storage;

namespace ALoRA.Onnx.Export;

/// <summary>A GGUF file (version 2 or 3) whose header was checked as a whole when it was opened. Tensor bytes are read on demand.</summary>
/// <remarks>Thread-safe. Names, rows and metadata are as stored; <see cref="Exporter"/> turns them into the Hugging Face view.</remarks>
public sealed class GgufFile : IDisposable
{
    private readonly MappedFile _file;

    private GgufFile(MappedFile file)
    {
        _file = file;
        GgufHeader header = GgufHeader.Read(file);
        Version = (int)header.Version;
        Metadata = header.Metadata;
        Dictionary<string, CheckpointTensor> tensors = new(header.Entries.Count, StringComparer.Ordinal);
        foreach (GgufEntry entry in header.Entries)
        {
            FileRange range = new(file, header.DataOffset + entry.Offset, entry.ByteLength);
            tensors.Add(entry.Name, new CheckpointTensor(entry.Name, entry.Encoding, entry.Shape, range));
        }

        Tensors = tensors;
    }

    /// <summary>The path as it was given.</summary>
    public string Path => _file.Path;

    /// <summary>The version of the container format: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>
    /// The tensors by their GGUF names, enumerated in the order of the header; shapes are row-major, the reverse of the file's.
    /// </summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors { get; }

    /// <summary>
    /// The metadata by key. A value is the CLR type of its format type (<see cref="byte"/>, <see cref="sbyte"/>,
    /// <see cref="ushort"/>, <see cref="short"/>, <see cref="uint"/>, <see cref="int"/>, <see cref="ulong"/>, <see cref="long"/>,
    /// <see cref="float"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>) or an array of one of
    /// them; an array of arrays is an <c>object[]</c>.
    /// </summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="CheckpointFormatException">The file breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new GgufFile(file);
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
