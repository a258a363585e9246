using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ALoRA.Onnx.Export.Checkpoints.Storage;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>Reads the header of a GGUF file from front to back. Nothing is allocated for bytes that the file does not have.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    private const int BufferByteLength = 256 << 10;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[(int)Math.Min(BufferByteLength, file.Length)];
    private int _buffered;
    private int _taken;

    /// <summary>Offset of the next byte in the file.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes from here to the end of the file.</summary>
    public long Remaining => file.Length - Position;

    public byte UInt8(string item) => Take(sizeof(byte), item)[0];

    public ushort UInt16(string item) => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort), item));

    public uint UInt32(string item) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), item));

    public ulong UInt64(string item) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), item));

    /// <summary>A number of things of which each takes at least <paramref name="minByteLength"/> bytes of the file.</summary>
    public int Count(string item, int minByteLength)
    {
        long at = Position;
        ulong count = UInt64(item);
        return count <= (ulong)Math.Min(Remaining / minByteLength, Array.MaxLength)
            ? (int)count
            : throw Malformed(
                $"{item} at offset {at} announces {count} entries of at least {minByteLength} bytes, but only {Remaining} bytes follow");
    }

    /// <summary>A text: its length in bytes, then UTF-8.</summary>
    public string Text(string item)
    {
        long at = Position;
        int length = Count($"the length of {item}", minByteLength: 1);
        try
        {
            return length <= _buffer.Length ? StrictUtf8.GetString(Take(length, item)) : StrictUtf8.GetString(Numbers<byte>(length, item));
        }
        catch (DecoderFallbackException exception)
        {
            throw GgufErrors.Malformed(file.Path, $"{item} at offset {at} is not UTF-8", exception);
        }
    }

    /// <summary>Numbers that follow one another.</summary>
    public T[] Numbers<T>(int count, string item)
        where T : unmanaged
    {
        T[] numbers = new T[count];
        Span<byte> rest = MemoryMarshal.AsBytes(numbers.AsSpan());
        while (!rest.IsEmpty)
        {
            int length = Math.Min(rest.Length, _buffer.Length);
            Take(length, item).CopyTo(rest);
            rest = rest[length..];
        }

        return numbers;
    }

    public CheckpointFormatException Malformed(string problem) => GgufErrors.Malformed(file.Path, problem);

    private ReadOnlySpan<byte> Take(int length, string item)
    {
        if (length > Remaining)
        {
            throw Malformed($"the file ends within {item} at offset {Position}: expected {length} bytes, got {Remaining}");
        }

        if (_taken + length > _buffered)
        {
            _buffered = (int)Math.Min(_buffer.Length, Remaining);
            _taken = 0;
            file.Read(Position, _buffer.AsSpan(0, _buffered));
        }

        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_taken, length);
        _taken += length;
        Position += length;
        return bytes;
    }
}
