namespace ALoRA.Onnx.Tokenization.PostProcessing;

internal sealed class SequencePostProcessor(IReadOnlyList<PostProcessor> stages) : PostProcessor
{
    public override void Apply(EncodedTokens tokens, bool addSpecialTokens)
    {
        foreach (PostProcessor stage in stages)
        {
            stage.Apply(tokens, addSpecialTokens);
        }
    }
}
