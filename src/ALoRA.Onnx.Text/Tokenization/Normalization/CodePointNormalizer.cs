using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>A normalizer that drops some code points and then maps the others one to one.</summary>
internal abstract class CodePointNormalizer : Normalizer
{
    protected virtual bool Keeps(int codePoint) => true;

    protected virtual int Map(int codePoint) => codePoint;

    public override AlignedText Normalize(AlignedText text)
    {
        List<CodePointChange> changes = new(text.Text.Length);
        int removedFirst = 0;
        bool changed = false;
        int units;
        for (int i = 0; i < text.Text.Length; i += units)
        {
            int codePoint = CodePoints.At(text.Text, i);
            units = CodePoints.Units(codePoint);
            if (Keeps(codePoint))
            {
                int mapped = Map(codePoint);
                changed |= mapped != codePoint;
                changes.Add(new CodePointChange(mapped, 0));
                continue;
            }

            changed = true;
            if (changes.Count == 0)
            {
                removedFirst++;
            }
            else
            {
                changes[^1] = changes[^1] with { Change = changes[^1].Change - 1 };
            }
        }

        return changed ? text.Rewrite(changes, removedFirst) : text;
    }
}
