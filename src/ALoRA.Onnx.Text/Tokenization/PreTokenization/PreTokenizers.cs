using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>A stage that cuts normalized text into the pieces the model works on. Thread-safe.</summary>
internal abstract class PreTokenizer
{
    public abstract void Apply(PreTokenizedText text);

    /// <summary>Whether every character of the text is in one of the pieces.</summary>
    public virtual bool KeepsText => false;
}

internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> stages) : PreTokenizer
{
    public override bool KeepsText => stages.All(stage => stage.KeepsText);

    public override void Apply(PreTokenizedText text)
    {
        foreach (PreTokenizer stage in stages)
        {
            stage.Apply(text);
        }
    }
}

/// <summary>Split, and everything that is a split by a fixed pattern: Digits, Punctuation, WhitespaceSplit, CharDelimiterSplit.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    public override bool KeepsText => behavior != SplitBehavior.Removed;

    public override void Apply(PreTokenizedText text) => text.Split(pattern, behavior, invert);
}

/// <summary>Words and runs of punctuation: <c>\w+|[^\w\s]+</c>, where a joiner counts to the word as Rust's regex has it.</summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer
{
    private static readonly Lazy<TextPattern> Pattern = new(() =>
        RegexPattern.Compile(@"[\w\x{200C}\x{200D}]+|[^\w\s\x{200C}\x{200D}]+"));

    public override void Apply(PreTokenizedText text) => text.Split(Pattern.Value, SplitBehavior.Removed, invert: true);
}

/// <summary>Puts a prefix before a piece; it shares the place of the piece's first code point.</summary>
internal static class PrefixedPieces
{
    public static void Append(AlignedTextBuilder builder, AlignedText source, TextPiece piece, string prefix)
    {
        AppendPrefix(builder, source, piece, prefix);
        builder.Append(source, piece.Start, piece.End);
    }

    public static void AppendPrefix(AlignedTextBuilder builder, AlignedText source, TextPiece piece, string prefix)
    {
        int units = CodePoints.Units(CodePoints.At(source.Text, piece.Start));
        builder.Append(prefix, source.OriginalStart(piece.Start), source.OriginalEnd(piece.Start + units - 1));
    }
}
