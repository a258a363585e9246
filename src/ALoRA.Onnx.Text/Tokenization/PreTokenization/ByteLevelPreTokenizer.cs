using System.Text;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>Cuts by GPT-2's pattern where asked, then writes every byte as its <see cref="ByteCharacters">character</see>.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    private static readonly Lazy<TextPattern> Gpt2Pattern = new(() =>
        RegexPattern.Compile(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"));

    public override bool KeepsText => true;

    public override void Apply(PreTokenizedText text)
    {
        if (addPrefixSpace && text.Pieces.Exists(piece => text.Characters(piece)[0] != ' '))
        {
            text.Rebuild((builder, source, piece) =>
                PrefixedPieces.Append(builder, source, piece, source.Text[piece.Start] == ' ' ? "" : " "));
        }

        if (useRegex)
        {
            text.Split(Gpt2Pattern.Value, SplitBehavior.Isolated);
        }

        if (Ascii.IsValid(text.Text.Text))
        {
            text.ReplaceText(ByteCharacters.Encode(text.Text));
        }
        else
        {
            text.Rebuild((builder, source, piece) => ByteCharacters.Append(builder, source, piece.Start, piece.End));
        }
    }
}
