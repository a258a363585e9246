using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>BERT's rules: control characters go, ideographs get spaces around them, accents go, letters become lower case.</summary>
internal sealed class BertNormalizer : Normalizer
{
    private readonly List<Normalizer> _stages = [];

    public BertNormalizer(bool cleanText, bool handleChineseCharacters, bool? stripAccents, bool lowercase)
    {
        if (cleanText)
        {
            _stages.Add(new Cleaning());
        }

        if (handleChineseCharacters)
        {
            _stages.Add(new SpacedIdeographs());
        }

        if (stripAccents ?? lowercase)
        {
            _stages.Add(new UnicodeNormalizer(UnicodeForm.Nfd));
            _stages.Add(new NonSpacingMarkRemoval());
        }

        if (lowercase)
        {
            _stages.Add(new LowercaseNormalizer());
        }
    }

    public override AlignedText Normalize(AlignedText text) => _stages.Aggregate(text, (current, stage) => stage.Normalize(current));

    private sealed class Cleaning : CodePointNormalizer
    {
        protected override bool Keeps(int codePoint) =>
            codePoint is '\t' or '\n' or '\r' || (codePoint is not (0 or 0xFFFD) && !FrozenCategories.IsControl(codePoint));

        protected override int Map(int codePoint) => CharacterClass.IsWhiteSpace(codePoint) ? ' ' : codePoint;
    }

    private sealed class NonSpacingMarkRemoval : CodePointNormalizer
    {
        protected override bool Keeps(int codePoint) => !FrozenCategories.IsNonSpacingMark(codePoint);
    }

    private sealed class SpacedIdeographs : Normalizer
    {
        public override AlignedText Normalize(AlignedText text)
        {
            List<CodePointChange> changes = new(text.Text.Length);
            bool changed = false;
            int units;
            for (int i = 0; i < text.Text.Length; i += units)
            {
                int codePoint = CodePoints.At(text.Text, i);
                units = CodePoints.Units(codePoint);
                if (!IsIdeograph(codePoint))
                {
                    changes.Add(new CodePointChange(codePoint, 0));
                    continue;
                }

                changed = true;
                changes.Add(new CodePointChange(' ', 0));
                changes.Add(new CodePointChange(codePoint, 1));
                changes.Add(new CodePointChange(' ', 1));
            }

            return changed ? text.Rewrite(changes) : text;
        }

        private static bool IsIdeograph(int codePoint) => codePoint
            is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
    }
}
