using System.Text;

namespace ALoRA.Onnx.Files;

/// <summary>Reads text files of a checkpoint: UTF-8, with or without a byte order mark, no larger than such files are.</summary>
internal static class TextFile
{
    // The largest known templates have some 30 KB, configurations with many added tokens a few MB.
    private const long MaxBytes = 64L << 20;

    /// <exception cref="ModelFormatException">The file is too large or not UTF-8.</exception>
    public static string Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
        {
            throw new ModelFormatException(
                $"{path} has {length} bytes, more than the {MaxBytes} expected at most. Check that this is the right file.");
        }

        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            ReadOnlySpan<byte> content = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble)
                ? bytes.AsSpan(Encoding.UTF8.Preamble.Length)
                : bytes;
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            throw new ModelFormatException($"{path} is not UTF-8 text. Save it as UTF-8.", e);
        }
    }
}
