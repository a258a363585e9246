namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Connectionist temporal classification: drops repeats and padding, turns delimiters into spaces.</summary>
internal sealed class CtcDecoder(string padToken, string wordDelimiterToken, bool cleanup) : TokenDecoder
{
    public override bool JoinsBytes => false;

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = [];
        for (int i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }

            string text = DecodeInside(tokens[i]);
            if (text.Length > 0)
            {
                decoded.Add(text);
            }
        }

        return decoded;
    }

    public override string DecodeInside(string token)
    {
        string text = token.Replace(padToken, "", StringComparison.Ordinal);
        return cleanup ? EnglishCleanup.Apply(text).Replace(wordDelimiterToken, " ", StringComparison.Ordinal) : text;
    }
}
