using System.Text;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.PostProcessing;

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
