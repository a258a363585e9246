namespace ALoRA.Onnx.Tokenization.PreTokenization;

internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> stages) : PreTokenizer
{
    public override void Apply(PreTokenizedText text)
    {
        foreach (PreTokenizer stage in stages)
        {
            stage.Apply(text);
        }
    }
}
