namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Joins word pieces: a token with the prefix continues the word, any other starts one.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : TokenDecoder
{
    public override bool JoinsBytes => false;

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = new(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            string text = i == 0 ? tokens[i] : DecodeInside(tokens[i]);
            decoded.Add(cleanup ? EnglishCleanup.Apply(text) : text);
        }

        return decoded;
    }

    public override string DecodeInside(string token) =>
        token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
}
