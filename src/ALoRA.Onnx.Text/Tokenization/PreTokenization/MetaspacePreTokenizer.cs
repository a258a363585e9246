using System.Text;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>Writes spaces as the meta character, puts one in front where asked, and cuts before each.</summary>
internal sealed class MetaspacePreTokenizer(Rune replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    private readonly string _replacement = replacement.ToString();
    private readonly TextPattern _pattern = new CodePointPattern(codePoint => codePoint == replacement.Value);

    public override bool KeepsText => true;

    public override void Apply(PreTokenizedText text)
    {
        text.Rebuild(Append);
        if (split)
        {
            text.Split(_pattern, SplitBehavior.MergedWithNext);
        }
    }

    private void Append(AlignedTextBuilder builder, AlignedText source, TextPiece piece)
    {
        ReadOnlySpan<char> characters = source.Text.AsSpan(piece.Start, piece.End - piece.Start);
        bool wanted = characters[0] != ' '
            && !characters.StartsWith(_replacement, StringComparison.Ordinal)
            && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && source.OriginalStart(piece.Start) == 0));
        if (wanted)
        {
            PrefixedPieces.AppendPrefix(builder, source, piece, _replacement);
        }

        int copied = piece.Start;
        for (int i = piece.Start; i < piece.End; i++)
        {
            if (source.Text[i] == ' ')
            {
                builder.Append(source, copied, i);
                builder.Append(_replacement, source.OriginalStart(i), source.OriginalEnd(i));
                copied = i + 1;
            }
        }

        builder.Append(source, copied, piece.End);
    }
}

/// <summary>Which pieces get a meta character in front.</summary>
internal enum PrependScheme
{
    /// <summary>None.</summary>
    Never,

    /// <summary>The one the text starts with.</summary>
    First,

    /// <summary>Every one that follows an added token, too.</summary>
    Always,
}
