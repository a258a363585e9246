using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.Normalization;

internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> stages) : Normalizer
{
    public bool IsEmpty => stages.Count == 0;

    public override AlignedText Normalize(AlignedText text) => stages.Aggregate(text, (current, stage) => stage.Normalize(current));
}
