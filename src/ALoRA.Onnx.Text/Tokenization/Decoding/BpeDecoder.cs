namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Turns the suffix that ends a word into a space, except behind the last token.</summary>
internal sealed class BpeDecoder(string suffix) : TokenDecoder
{
    public override bool JoinsBytes => false;

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = tokens.ConvertAll(DecodeInside);
        if (decoded.Count > 0)
        {
            decoded[^1] = tokens[^1].Replace(suffix, "", StringComparison.Ordinal);
        }

        return decoded;
    }

    public override string DecodeInside(string token) => token.Replace(suffix, " ", StringComparison.Ordinal);
}
