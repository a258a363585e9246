namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Joins all tokens, so that the stages behind it see one.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}
