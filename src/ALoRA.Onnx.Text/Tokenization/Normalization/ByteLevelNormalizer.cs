using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Writes every byte as its <see cref="ByteCharacters">character</see>.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override AlignedText Normalize(AlignedText text) => ByteCharacters.Encode(text);
}
