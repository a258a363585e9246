using System.Buffers.Binary;
using System.Text;

namespace ALoRA.Onnx.Files;

/// <summary>
/// Reads the fields of a protobuf message in the order of the file; whatever leads
/// out of the message is a <see cref="ModelFormatException"/>.
/// </summary>
/// <remarks>
/// Source: the protobuf encoding guide: a field is a varint of number and wire type,
/// followed by a varint (0), 8 bytes (1), a length and bytes (2), or 4 bytes (5).
/// </remarks>
internal ref struct ProtobufReader(string file, ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;
    private ulong _number;
    private ReadOnlySpan<byte> _bytes;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Whether the current field holds bytes: a text, a message or packed numbers.</summary>
    public bool HasBytes { get; private set; }

    /// <summary>The current field's number.</summary>
    public readonly long Number => HasBytes ? throw Wrong($"field {Field} holds bytes instead of a number") : (long)_number;

    /// <summary>The current field's bytes.</summary>
    public readonly ReadOnlySpan<byte> Content => HasBytes ? _bytes : throw Wrong($"field {Field} holds a number instead of bytes");

    /// <summary>The current field's bytes as text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Content);

    /// <summary>The current field's message.</summary>
    public readonly ProtobufReader Message => new(file, Content);

    /// <summary>Goes on to the next field; false at the end of the message.</summary>
    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong key = ReadVarint();
        Field = (int)Math.Min(key >> 3, int.MaxValue);
        int wireType = (int)(key & 7);
        HasBytes = wireType == Bytes;
        switch (wireType)
        {
            case Varint:
                _number = ReadVarint();
                break;
            case Fixed64:
                _number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case Fixed32:
                _number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            case Bytes:
                _bytes = Take(ReadVarint());
                break;
            default:
                throw Wrong($"field {Field} has the wire type {wireType}");
        }

        return true;
    }

    /// <summary>The current field's numbers: one, or several that are packed.</summary>
    public readonly void AddNumbersTo(List<long> numbers)
    {
        if (!HasBytes)
        {
            numbers.Add(Number);
            return;
        }

        ProtobufReader packed = Message;
        while (!packed._rest.IsEmpty)
        {
            numbers.Add((long)packed.ReadVarint());
        }
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Wrong("a number has more than 10 bytes");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw Wrong($"a field of {length} bytes leads out of its message");
        }

        ReadOnlySpan<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private readonly ModelFormatException Wrong(string what) =>
        new($"{file} is not an ONNX graph: {what}. Export the model again with `alora export`.");
}
