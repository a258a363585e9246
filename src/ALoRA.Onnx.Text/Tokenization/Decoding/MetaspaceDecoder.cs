using System.Text;

namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Turns the meta character back into spaces; in the first token it vanishes if one was put there when encoding.</summary>
internal sealed class MetaspaceDecoder(Rune replacement, bool prependedAtStart) : TokenDecoder
{
    private readonly string _replacement = replacement.ToString();

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = tokens.ConvertAll(DecodeInside);
        if (decoded.Count > 0 && prependedAtStart)
        {
            decoded[0] = tokens[0].Replace(_replacement, "", StringComparison.Ordinal);
        }

        return decoded;
    }

    public override string DecodeInside(string token) => token.Replace(_replacement, " ", StringComparison.Ordinal);
}
