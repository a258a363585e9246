using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>Split, and everything that is a split by a fixed pattern: Digits, Punctuation, WhitespaceSplit, CharDelimiterSplit.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    public override void Apply(PreTokenizedText text) => text.Split(pattern, behavior, invert);
}
