namespace ALoRA.Onnx.Tokenization.PostProcessing;

/// <summary>TemplateProcessing and BertProcessing for one sequence: tokens before it and tokens behind it.</summary>
internal sealed class SurroundingPostProcessor(
    IReadOnlyList<(int Id, string Text)> before,
    IReadOnlyList<(int Id, string Text)> behind) : PostProcessor
{
    public override void Apply(EncodedTokens tokens, bool addSpecialTokens)
    {
        if (addSpecialTokens)
        {
            tokens.Surround(before, behind);
        }
    }
}
