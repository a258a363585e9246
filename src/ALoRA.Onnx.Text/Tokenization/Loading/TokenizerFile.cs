using System.Buffers.Binary;
using System.IO.Compression;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Finds and reads a <c>tokenizer.json</c>, plain or gzipped.</summary>
internal static class TokenizerFile
{
    private const string PlainName = "tokenizer.json";
    private const string PackedName = "tokenizer.json.gz";
    private const long BaseLimit = 64L << 20;

    // JSON of this kind packs about five to one; what unpacks to far more is not a tokenizer.
    private const int MaxExpansion = 16;

    public static string Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path)
                ? path
                : throw new FileNotFoundException(
                    $"Expected a folder with {PlainName}, or such a file, at '{path}'. There is neither.", path);
        }

        foreach (string name in new[] { PlainName, PackedName })
        {
            string file = Path.Combine(path, name);
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new ModelFormatException(
            $"The folder '{path}' has no {PlainName}. Expected the model's tokenizer there. Copy it from the checkpoint, or export again.");
    }

    public static ReadOnlyMemory<byte> Read(string file)
    {
        byte[] content = File.ReadAllBytes(file);
        return content is [0x1F, 0x8B, ..] ? Unpack(content, file) : content;
    }

    private static ReadOnlyMemory<byte> Unpack(byte[] packed, string file)
    {
        long limit = BaseLimit + ((long)packed.Length * MaxExpansion);
        try
        {
            using GZipStream stream = new(new MemoryStream(packed), CompressionMode.Decompress);

            // The last four bytes are the length, as far as they can be trusted.
            uint expected = packed.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(packed.Length - 4)) : 0;
            byte[] content = new byte[Math.Min(expected, limit) + 1];
            int length = 0;
            for (int read; (read = stream.Read(content.AsSpan(length))) > 0;)
            {
                length += read;
                if (length > limit)
                {
                    throw new ModelFormatException(
                        $"{file} unpacks to more than {limit} bytes. Expected a gzipped tokenizer.json. Unpack it by hand if it is one.");
                }

                if (length == content.Length)
                {
                    Array.Resize(ref content, (int)Math.Min(length * 2L, limit + 1));
                }
            }

            return content.AsMemory(0, length);
        }
        catch (InvalidDataException exception)
        {
            throw new ModelFormatException(
                $"{file} is no valid gzip file: {exception.Message} Expected a gzipped tokenizer.json. Download it again.",
                exception);
        }
    }
}
