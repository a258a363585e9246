using System.Text;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.PostProcessing;

/// <summary>A stage that completes the tokens of a text. Thread-safe.</summary>
internal abstract class PostProcessor
{
    /// <param name="tokens">The tokens so far.</param>
    /// <param name="addSpecialTokens">Whether tokens may be added; offsets are worked on either way.</param>
    public abstract void Apply(EncodedTokens tokens, bool addSpecialTokens);
}

internal sealed class SequencePostProcessor(IReadOnlyList<PostProcessor> stages) : PostProcessor
{
    public override void Apply(EncodedTokens tokens, bool addSpecialTokens)
    {
        foreach (PostProcessor stage in stages)
        {
            stage.Apply(tokens, addSpecialTokens);
        }
    }
}

/// <summary>TemplateProcessing and BertProcessing for one sequence: tokens before it and tokens behind it.</summary>
internal sealed class SurroundingPostProcessor(
    IReadOnlyList<(int Id, string Text)> before,
    IReadOnlyList<(int Id, string Text)> behind) : PostProcessor
{
    public override void Apply(EncodedTokens tokens, bool addSpecialTokens)
    {
        if (addSpecialTokens)
        {
            tokens.Surround(before, behind);
        }
    }
}

/// <summary>ByteLevel and RobertaProcessing with <c>trim_offsets</c>: white space at a token's ends does not count to its place.</summary>
internal sealed class TrimmingPostProcessor(bool addPrefixSpace) : PostProcessor
{
    private static readonly Rune ByteSpace = new(ByteCharacters.Of((byte)' '));

    public override void Apply(EncodedTokens tokens, bool addSpecialTokens)
    {
        for (int i = 0; i < tokens.Details.Count; i++)
        {
            EncodedToken token = tokens.Details[i];
            int leading = token.Text.EnumerateRunes().TakeWhile(IsSpace).Count();
            int trailing = token.Text.EnumerateRunes().Reverse().TakeWhile(IsSpace).Count();

            // A single leading space of the first token is the one that was put there.
            if (leading == 1 && addPrefixSpace && (i == 0 || token.Start == 0))
            {
                leading = 0;
            }

            int start = Math.Min(token.Start + leading, token.End);
            int end = trailing > 0 && token.End >= trailing ? Math.Max(token.End - trailing, start) : token.End;
            tokens.Details[i] = token with { Start = start, End = end };
        }
    }

    private static bool IsSpace(Rune rune) => rune == ByteSpace || CharacterClass.IsWhiteSpace(rune.Value);
}
