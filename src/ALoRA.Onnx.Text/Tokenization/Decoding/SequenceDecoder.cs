namespace ALoRA.Onnx.Tokenization.Decoding;

internal sealed class SequenceDecoder(IReadOnlyList<TokenDecoder> stages) : TokenDecoder
{
    public override bool JoinsBytes => stages.All(stage => stage.JoinsBytes);

    public override List<string> Decode(List<string> tokens) => stages.Aggregate(tokens, (texts, stage) => stage.Decode(texts));

    public override string DecodeInside(string token) => stages.Aggregate(token, (text, stage) => stage.DecodeInside(text));

    public override byte[]? BytesOf(string token)
    {
        foreach (TokenDecoder stage in stages)
        {
            if (stage.BytesOf(token) is byte[] bytes)
            {
                return bytes;
            }

            token = stage.DecodeInside(token);
        }

        return null;
    }
}
