using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>Words and runs of punctuation: <c>\w+|[^\w\s]+</c>, where a joiner counts to the word as Rust's regex has it.</summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer
{
    private static readonly Lazy<TextPattern> Pattern = new(() =>
        RegexPattern.Compile(@"[\w\x{200C}\x{200D}]+|[^\w\s\x{200C}\x{200D}]+"));

    public override void Apply(PreTokenizedText text) => text.Split(Pattern.Value, SplitBehavior.Removed, invert: true);
}
