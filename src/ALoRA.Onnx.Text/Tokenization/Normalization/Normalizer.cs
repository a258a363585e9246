using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>A stage that rewrites text before it is cut. Thread-safe.</summary>
internal abstract class Normalizer
{
    public abstract AlignedText Normalize(AlignedText text);
}
