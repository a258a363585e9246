using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

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
