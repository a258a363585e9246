using System.Buffers.Binary;

namespace ALoRA.Onnx.Files;

/// <summary>A table of a FlatBuffer: where it and its checked vtable lie.</summary>
internal readonly record struct FlatBufferTable(int Start, int Size, int VirtualTable, int VirtualTableSize);

/// <summary>A checked vector of a FlatBuffer; <paramref name="Start"/> is its first element.</summary>
internal readonly record struct FlatBufferVector(int Start, int Count);

/// <summary>Reads FlatBuffers from untrusted bytes: no offset is followed before it is known to stay inside.</summary>
/// <remarks>
/// Layout (little-endian): a table starts with the signed distance back to its vtable; a vtable holds
/// its own size, the table's size, and one 16-bit offset a field (0: absent); strings and vectors start
/// with their length; references are unsigned and relative to where they stand.
/// </remarks>
internal readonly ref struct FlatBufferReader(string path, ReadOnlySpan<byte> content, string nextStep)
{
    private readonly ReadOnlySpan<byte> _content = content;

    public FlatBufferTable Root(ReadOnlySpan<byte> identifier)
    {
        if (_content.Length < 8 || !_content[4..8].SequenceEqual(identifier))
        {
            throw Wrong(
                $"it is not an adapter file: the identifier {System.Text.Encoding.ASCII.GetString(identifier)} is missing at byte 4");
        }

        return Table(Follow(0, "the root table"));
    }

    /// <summary>A 32-bit field; 0 where it is absent, as the schema's default.</summary>
    public int Int32(FlatBufferTable table, int field)
    {
        int position = Field(table, field, sizeof(int));
        return position == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(_content[position..]);
    }

    /// <summary>A vector or string; empty where the field is absent.</summary>
    public FlatBufferVector Vector(FlatBufferTable table, int field, int elementSize, string what)
    {
        int position = Field(table, field, sizeof(uint));
        if (position == 0)
        {
            return default;
        }

        int start = Follow(position, what);
        Require(start, sizeof(uint), what);
        long count = BinaryPrimitives.ReadUInt32LittleEndian(_content[start..]);
        Require(start + sizeof(uint), count * elementSize, what);
        return new FlatBufferVector(start + sizeof(uint), (int)count);
    }

    public ReadOnlySpan<byte> Bytes(FlatBufferVector vector) => _content.Slice(vector.Start, vector.Count);

    public long Int64At(FlatBufferVector vector, int index) =>
        BinaryPrimitives.ReadInt64LittleEndian(_content[(vector.Start + (index * sizeof(long)))..]);

    public FlatBufferTable TableAt(FlatBufferVector vector, int index) =>
        Table(Follow(vector.Start + (index * sizeof(uint)), $"element {index}"));

    public ModelFormatException Wrong(string what, Exception? cause = null)
    {
        string message = $"{path} is malformed: {what}. {nextStep}";
        return cause is null ? new ModelFormatException(message) : new ModelFormatException(message, cause);
    }

    private FlatBufferTable Table(int start)
    {
        Require(start, sizeof(int), "a table");
        long virtualTable = start - (long)BinaryPrimitives.ReadInt32LittleEndian(_content[start..]);
        Require(virtualTable, 2 * sizeof(ushort), "a vtable");
        int at = (int)virtualTable;
        int virtualTableSize = BinaryPrimitives.ReadUInt16LittleEndian(_content[at..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(_content[(at + sizeof(ushort))..]);
        if (virtualTableSize < 2 * sizeof(ushort) || virtualTableSize % sizeof(ushort) != 0 || size < sizeof(int))
        {
            throw Wrong($"the vtable at byte {at} gives the sizes {virtualTableSize} and {size}");
        }

        Require(at, virtualTableSize, "a vtable");
        Require(start, size, "a table");
        return new FlatBufferTable(start, size, at, virtualTableSize);
    }

    private int Field(FlatBufferTable table, int field, int size)
    {
        int entry = (2 + field) * sizeof(ushort);
        if (entry + sizeof(ushort) > table.VirtualTableSize)
        {
            return 0;
        }

        int offset = BinaryPrimitives.ReadUInt16LittleEndian(_content[(table.VirtualTable + entry)..]);
        if (offset == 0)
        {
            return 0;
        }

        return offset >= sizeof(int) && offset + size <= table.Size
            ? table.Start + offset
            : throw Wrong($"field {field} of the table at byte {table.Start} lies outside of it");
    }

    private int Follow(int position, string what)
    {
        Require(position, sizeof(uint), what);
        long target = position + (long)BinaryPrimitives.ReadUInt32LittleEndian(_content[position..]);
        Require(target, sizeof(uint), what);
        return (int)target;
    }

    private void Require(long start, long length, string what)
    {
        if (start < 0 || length < 0 || start > _content.Length - length)
        {
            throw Wrong($"{what} lies outside of the file ({_content.Length} bytes)");
        }
    }
}
