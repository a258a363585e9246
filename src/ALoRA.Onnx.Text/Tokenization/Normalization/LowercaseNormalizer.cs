using System.Text;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Unicode's unconditional lowercase mapping.</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    private const int CapitalDottedI = 0x130;

    public override AlignedText Normalize(AlignedText text)
    {
        if (Ascii.IsValid(text.Text))
        {
            return text.WithSameShape(text.Text.ToLowerInvariant());
        }

        List<CodePointChange> changes = new(text.Text.Length);
        int units;
        for (int i = 0; i < text.Text.Length; i += units)
        {
            int codePoint = CodePoints.At(text.Text, i);
            units = CodePoints.Units(codePoint);

            // The only code point whose lowercase is two.
            if (codePoint == CapitalDottedI)
            {
                changes.Add(new CodePointChange('i', 0));
                changes.Add(new CodePointChange(0x307, 1));
            }
            else
            {
                changes.Add(new CodePointChange(Rune.ToLowerInvariant(new Rune(codePoint)).Value, 0));
            }
        }

        return text.Rewrite(changes);
    }
}
