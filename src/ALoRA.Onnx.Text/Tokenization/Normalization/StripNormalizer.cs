using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Drops white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        string characters = text.Text;
        int start = 0;
        while (left && start < characters.Length && CharacterClass.IsWhiteSpace(characters[start]))
        {
            start++;
        }

        int end = characters.Length;
        while (right && end > start && CharacterClass.IsWhiteSpace(characters[end - 1]))
        {
            end--;
        }

        return start == 0 && end == characters.Length ? text : text.Cut(start, end);
    }
}
