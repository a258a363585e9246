using System.Runtime.CompilerServices;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>A text cut into pieces, each of which goes through the model alone. One thread at a time.</summary>
internal sealed class PreTokenizedText
{
    private readonly List<TextSpan> _spans = [];
    private List<TextPiece> _next = [];

    public PreTokenizedText(AlignedText text)
    {
        Text = text;
        if (text.Text.Length > 0)
        {
            Pieces.Add(new TextPiece(0, text.Text.Length));
        }
    }

    public AlignedText Text { get; private set; }

    public List<TextPiece> Pieces { get; private set; } = [];

    public ReadOnlySpan<char> Characters(TextPiece piece) => Text.Text.AsSpan(piece.Start, piece.End - piece.Start);

    /// <summary>Cuts every piece by a pattern. Empty pieces vanish.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Split(TextPattern pattern, SplitBehavior behavior, bool invert = false)
    {
        _next.Clear();
        foreach (TextPiece piece in Pieces)
        {
            _spans.Clear();
            pattern.FindSpans(Characters(piece), _spans);
            if (invert)
            {
                for (int i = 0; i < _spans.Count; i++)
                {
                    _spans[i] = _spans[i] with { IsMatch = !_spans[i].IsMatch };
                }
            }

            SpanGrouping.Apply(_spans, behavior);
            foreach (TextSpan span in _spans)
            {
                if (span.Length > 0)
                {
                    _next.Add(new TextPiece(piece.Start + span.Start, piece.Start + span.End));
                }
            }
        }

        (Pieces, _next) = (_next, Pieces);
    }

    /// <summary>Other characters in the same places.</summary>
    public void ReplaceText(AlignedText text) => Text = text.Text.Length == Text.Text.Length
        ? text
        : throw new ArgumentException("The pieces would no longer fit.", nameof(text));

    /// <summary>Rewrites every piece into a new text.</summary>
    public void Rebuild(Action<AlignedTextBuilder, AlignedText, TextPiece> append)
    {
        AlignedTextBuilder builder = new(Text, Text.Text.Length);
        _next.Clear();
        foreach (TextPiece piece in Pieces)
        {
            int start = builder.Length;
            append(builder, Text, piece);
            if (builder.Length > start)
            {
                _next.Add(new TextPiece(start, builder.Length));
            }
        }

        Text = builder.Build();
        (Pieces, _next) = (_next, Pieces);
    }
}

/// <summary>A stretch of the text in UTF-16 units.</summary>
internal readonly record struct TextPiece(int Start, int End);
