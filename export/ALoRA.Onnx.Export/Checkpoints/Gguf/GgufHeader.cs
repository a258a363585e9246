using ALoRA.Onnx.Export.Checkpoints.Storage;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>The header of a GGUF file (version 2 or 3, little-endian), every rule of the format checked.</summary>
internal sealed class GgufHeader
{
    private const uint Magic = 0x46554747;
    private const string AlignmentKey = "general.alignment";
    private const int DefaultAlignment = 32;
    private const int MaxKeyByteLength = 65535;

    // Key length, value type and one byte of value; name length, number of dimensions, type and offset.
    private const int MinEntryByteLength = 13;
    private const int MinTensorByteLength = 24;

    private readonly List<GgufEntry> _entries = [];
    private readonly Dictionary<string, object> _metadata = new(StringComparer.Ordinal);

    private GgufHeader()
    {
    }

    public uint Version { get; private set; }

    /// <summary>Where the data section starts in the file.</summary>
    public long DataOffset { get; private set; }

    public IReadOnlyList<GgufEntry> Entries => _entries;

    public IReadOnlyDictionary<string, object> Metadata => _metadata;

    public static GgufHeader Read(MappedFile file)
    {
        GgufCursor cursor = new(file);
        GgufHeader header = new();
        header.ReadVersion(cursor);
        int tensorCount = cursor.Count("the number of tensors", MinTensorByteLength);
        int entryCount = cursor.Count("the number of metadata entries", MinEntryByteLength);
        header.ReadMetadata(cursor, entryCount);
        uint alignment = header.Alignment(cursor);
        GgufTensorListReader tensors = new(cursor, alignment);
        header._entries.AddRange(tensors.Read(tensorCount));
        header.DataOffset = (cursor.Position + alignment - 1) / alignment * alignment;
        GgufTensorListReader.CheckRanges(file.Path, header._entries, Math.Max(file.Length - header.DataOffset, 0));
        return header;
    }

    private void ReadVersion(GgufCursor cursor)
    {
        uint magic = cursor.UInt32("the magic number");
        if (magic != Magic)
        {
            throw cursor.Malformed($"expected the bytes 'GGUF' at offset 0, got 0x{magic:X8}");
        }

        Version = cursor.UInt32("the version");
        if (Version is not (2 or 3))
        {
            string got = (Version & 0xFFFF) == 0 ? "a big-endian file" : $"version {Version}";
            throw cursor.Malformed($"expected little-endian version 2 or 3 at offset 4, got {got}");
        }
    }

    private void ReadMetadata(GgufCursor cursor, int count)
    {
        GgufValueReader values = new(cursor);
        for (int i = 0; i < count; i++)
        {
            long at = cursor.Position;
            string key = cursor.Text($"the key of metadata entry {i}");
            if (key.Length is 0 or > MaxKeyByteLength)
            {
                throw cursor.Malformed($"metadata entry {i} at offset {at} has a key of {key.Length} characters; expected 1 to " +
                    $"{MaxKeyByteLength}");
            }

            if (!_metadata.TryAdd(key, values.Read($"'{key}'")))
            {
                throw cursor.Malformed($"the metadata key '{key}' at offset {at} occurs twice");
            }
        }
    }

    private uint Alignment(GgufCursor cursor) => _metadata.GetValueOrDefault(AlignmentKey) switch
    {
        null => DefaultAlignment,
        uint alignment when uint.IsPow2(alignment) => alignment,
        uint alignment => throw cursor.Malformed($"'{AlignmentKey}' is {alignment}; expected a power of two"),
        object other => throw cursor.Malformed($"'{AlignmentKey}' is of type {other.GetType().Name}; expected a 32-bit unsigned number"),
    };
}
