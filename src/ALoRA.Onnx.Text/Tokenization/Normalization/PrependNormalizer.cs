using ALoRA.Onnx.Tokenization.PreTokenization;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Puts a text in front; it shares the place of the first code point. An empty text stays empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        if (text.Text.Length == 0)
        {
            return text;
        }

        AlignedTextBuilder builder = new(text.Origin, text.Text.Length + prefix.Length);
        PrefixedPieces.Append(builder, text, new TextPiece(0, text.Text.Length), prefix);
        return builder.Build();
    }
}
