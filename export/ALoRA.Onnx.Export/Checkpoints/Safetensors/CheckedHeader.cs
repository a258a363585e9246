using System.Buffers.Binary;
using System.Text.Json;
using ALoRA.Onnx.Export.Checkpoints.Storage;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.Checkpoints.Safetensors;

/// <summary>The header of a safetensors file, every rule of the format checked.</summary>
internal sealed class CheckedHeader
{
    private const int LengthByteLength = 8;

    private CheckedHeader(long dataOffset, IReadOnlyList<CheckedEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        DataOffset = dataOffset;
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>Where the tensors' bytes start in the file.</summary>
    public long DataOffset { get; }

    public IReadOnlyList<CheckedEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public static CheckedHeader Read(MappedFile file)
    {
        if (file.Length < LengthByteLength)
        {
            throw Malformed(file.Path, $"expected 8 bytes of header length, got a file of {file.Length} bytes");
        }

        Span<byte> lengthBytes = stackalloc byte[LengthByteLength];
        file.Read(0, lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > SafetensorsHeader.MaxByteLength)
        {
            throw Malformed(
                file.Path, $"expected a header of at most {SafetensorsHeader.MaxByteLength} bytes, got a header length of {length}");
        }

        if ((long)length > file.Length - LengthByteLength)
        {
            throw Malformed(file.Path, $"the header length is {length}, but only {file.Length - LengthByteLength} bytes follow it");
        }

        byte[] bytes = new byte[length];
        file.Read(LengthByteLength, bytes);
        return Parse(file.Path, bytes, file.Length - LengthByteLength - bytes.Length);
    }

    private static CheckedHeader Parse(string path, byte[] bytes, long dataByteLength)
    {
        try
        {
            SafetensorsHeader header = SafetensorsHeader.Parse(bytes, problem => Malformed(path, problem));
            CheckedEntry[] entries = [.. header.Entries.Select(entry => new CheckedEntry(entry, Check(path, entry)))];
            CheckCoverage(path, header.Entries, dataByteLength);
            return new CheckedHeader(LengthByteLength + bytes.Length, entries, header.Metadata);
        }
        catch (JsonException exception)
        {
            throw Malformed(path, $"the header is not the expected JSON ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    private static TensorEncoding Check(string path, SafetensorsEntry entry)
    {
        string item = $"tensor '{entry.Name}'";
        TensorEncoding encoding = SafetensorsEncodings.Find(entry.Type) ?? throw Malformed(
            path, $"{item} has the unknown dtype '{entry.Type}'; expected one of {string.Join(", ", SafetensorsEncodings.All)}");
        UInt128 expected = ByteLength(path, item, encoding, entry.Shape);
        long got = entry.End - entry.Begin;
        return expected == (ulong)got
            ? encoding
            : throw Malformed(
                path, $"{item} of {entry.Type} [{string.Join(", ", entry.Shape)}] needs {expected} bytes, but its data_offsets give {got}");
    }

    private static UInt128 ByteLength(string path, string item, TensorEncoding encoding, long[] shape)
    {
        ulong elements = 1;
        foreach (long size in shape)
        {
            UInt128 product = (UInt128)elements * (ulong)size;
            elements = product <= long.MaxValue
                ? (ulong)product
                : throw Malformed(path, $"the number of elements of {item}, shape [{string.Join(", ", shape)}], overflows 64 bits");
        }

        UInt128 scaled = (UInt128)elements * (uint)encoding.BlockByteLength();
        return scaled % (uint)encoding.BlockLength() == 0
            ? scaled / (uint)encoding.BlockLength()
            : throw Malformed(path, $"{elements} elements of {item} in {encoding.FormatName()} are not a whole number of bytes");
    }

    private static void CheckCoverage(string path, IReadOnlyList<SafetensorsEntry> entries, long dataByteLength)
    {
        long covered = 0;
        string previous = "the header";
        foreach (SafetensorsEntry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != covered)
            {
                string kind = entry.Begin < covered ? "an overlap" : "a hole";
                throw Malformed(
                    path,
                    $"there is {kind} between {previous} and tensor '{entry.Name}': expected it to begin at byte {covered} of the " +
                    $"data, got {entry.Begin}");
            }

            covered = entry.End;
            previous = $"tensor '{entry.Name}'";
        }

        if (covered > dataByteLength)
        {
            throw Malformed(path, $"{previous} ends at byte {covered} of the data, which has only {dataByteLength} bytes");
        }

        if (covered < dataByteLength)
        {
            throw Malformed(path, $"expected the data to end with {previous} at byte {covered}, got {dataByteLength - covered} bytes more");
        }
    }

    private static CheckpointFormatException Malformed(string path, string problem, Exception? inner = null) => new(
        $"{path} is not a valid safetensors file: {problem}. Download or write the file again.", inner!);
}

/// <summary>A tensor of the header and how its elements are stored.</summary>
internal sealed record CheckedEntry(SafetensorsEntry Entry, TensorEncoding Encoding);
