using System.Text;
using ALoRA.Onnx.Tokenization.Models;

namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Joins neighbouring byte tokens to characters. If together they are not UTF-8, each becomes U+FFFD.</summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = new(tokens.Count);
        List<byte> bytes = [];
        foreach (string token in tokens)
        {
            if (ByteTokens.TryParse(token, out byte value))
            {
                bytes.Add(value);
                continue;
            }

            Flush(bytes, decoded);
            decoded.Add(token);
        }

        Flush(bytes, decoded);
        return decoded;
    }

    public override byte[]? BytesOf(string token) => ByteTokens.TryParse(token, out byte value) ? [value] : null;

    private static void Flush(List<byte> bytes, List<string> decoded)
    {
        if (bytes.Count == 0)
        {
            return;
        }

        try
        {
            decoded.Add(Strict.GetString([.. bytes]));
        }
        catch (DecoderFallbackException)
        {
            decoded.AddRange(Enumerable.Repeat("\uFFFD", bytes.Count));
        }

        bytes.Clear();
    }
}
