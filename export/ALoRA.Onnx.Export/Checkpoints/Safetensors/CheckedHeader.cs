using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using ALoRA.Onnx.Export.Checkpoints.Storage;

namespace ALoRA.Onnx.Export.Checkpoints.Safetensors;

/// <summary>The header of a safetensors file, every rule of the format checked.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own limit.</summary>
    public const int MaxByteLength = 100_000_000;

    private const int LengthByteLength = 8;

    private SafetensorsHeader(long dataOffset, SafetensorsHeaderParser parser)
    {
        DataOffset = dataOffset;
        Entries = parser.Entries;
        Metadata = parser.Metadata;
    }

    /// <summary>Where the tensors' bytes start in the file.</summary>
    public long DataOffset { get; }

    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public static SafetensorsHeader Read(MappedFile file)
    {
        if (file.Length < LengthByteLength)
        {
            throw Malformed(file.Path, $"expected 8 bytes of header length, got a file of {file.Length} bytes");
        }

        Span<byte> lengthBytes = stackalloc byte[LengthByteLength];
        file.Read(0, lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaxByteLength)
        {
            throw Malformed(file.Path, $"expected a header of at most {MaxByteLength} bytes, got a header length of {length}");
        }

        if ((long)length > file.Length - LengthByteLength)
        {
            throw Malformed(file.Path, $"the header length is {length}, but only {file.Length - LengthByteLength} bytes follow it");
        }

        byte[] bytes = new byte[length];
        file.Read(LengthByteLength, bytes);
        return Parse(file.Path, bytes, file.Length - LengthByteLength - bytes.Length);
    }

    internal static CheckpointFormatException Malformed(string path, string problem, Exception? inner = null) => new(
        $"{path} is not a valid safetensors file: {problem}. Download or write the file again.", inner!);

    private static SafetensorsHeader Parse(string path, byte[] bytes, long dataByteLength)
    {
        if (bytes.Length == 0 || bytes[0] != (byte)'{')
        {
            string got = bytes.Length == 0 ? "an empty header" : $"byte 0x{bytes[0]:X2}";
            throw Malformed(path, $"expected a header that starts with '{{', got {got}");
        }

        if (!Utf8.IsValid(bytes))
        {
            throw Malformed(path, "the header is not UTF-8");
        }

        SafetensorsHeaderParser parser = new(path);
        try
        {
            parser.Parse(bytes);
        }
        catch (JsonException exception)
        {
            throw Malformed(path, $"the header is not the expected JSON ({exception.Message.TrimEnd('.')})", exception);
        }

        CheckCoverage(path, parser.Entries, dataByteLength);
        return new SafetensorsHeader(LengthByteLength + bytes.Length, parser);
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
}
