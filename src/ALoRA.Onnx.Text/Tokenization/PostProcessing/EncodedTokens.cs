using System.Runtime.CompilerServices;
using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.PreTokenization;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.PostProcessing;

/// <summary>The tokens of a text while it is encoded: ids, and where asked, texts and places. One thread at a time.</summary>
internal sealed class EncodedTokens(bool withDetails, Func<int, string?> textOf) : TokenSink
{
    private AlignedText? _text;
    private TextPiece _piece;
    private int _cursorUnit;
    private int _cursorByte;

    public List<int> Ids { get; private set; } = [];

    /// <summary>Text and place of each token; empty if not asked for.</summary>
    public List<EncodedToken> Details { get; private set; } = [];

    /// <summary>Says which piece the following tokens belong to.</summary>
    public void BeginPiece(AlignedText text, TextPiece piece)
    {
        _text = text;
        _piece = piece;
        _cursorUnit = piece.Start;
        _cursorByte = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Add(int id, int start, int end, bool isSurface = false)
    {
        Ids.Add(id);
        if (!withDetails)
        {
            return;
        }

        int from = UnitOf(start, out _);
        UnitOf(end - 1, out int to);
        string text = isSurface ? _text!.Text[from..to] : textOf(id) ?? "";
        Details.Add(new EncodedToken(text, _text!.OriginalStart(from), _text.OriginalEnd(to - 1)));
    }

    /// <summary>Appends an added token that covers a stretch of the text.</summary>
    public void AddWhole(int id, AlignedText text, int start, int end)
    {
        Ids.Add(id);
        if (withDetails)
        {
            Details.Add(new EncodedToken(text.Text[start..end], text.OriginalStart(start), text.OriginalEnd(end - 1)));
        }
    }

    /// <summary>Takes the last tokens away again.</summary>
    public void RemoveFrom(int index)
    {
        Ids.RemoveRange(index, Ids.Count - index);
        if (withDetails)
        {
            Details.RemoveRange(index, Details.Count - index);
        }
    }

    /// <summary>Ends the part of the pipeline that works in UTF-16 units.</summary>
    public void CountInCodePoints(CodePointOffsets offsets) =>
        Details = Details.ConvertAll(token => token with { Start = offsets.Of(token.Start), End = offsets.Of(token.End) });

    /// <summary>Puts tokens that stand for no text before and behind the others.</summary>
    public void Surround(IReadOnlyList<(int Id, string Text)> before, IReadOnlyList<(int Id, string Text)> behind)
    {
        Ids = [.. before.Select(token => token.Id), .. Ids, .. behind.Select(token => token.Id)];
        if (withDetails)
        {
            Details =
            [
                .. before.Select(token => new EncodedToken(token.Text, 0, 0)),
                .. Details,
                .. behind.Select(token => new EncodedToken(token.Text, 0, 0)),
            ];
        }
    }

    // The code point that holds a byte of the piece. Tokens come in order, so the search goes on where it stopped.
    private int UnitOf(int position, out int end)
    {
        string text = _text!.Text;
        if (position < _cursorByte)
        {
            (_cursorUnit, _cursorByte) = (_piece.Start, 0);
        }

        while (true)
        {
            int codePoint = CodePoints.At(text, _cursorUnit);
            int units = CodePoints.Units(codePoint);
            int length = CodePoints.Utf8Length(codePoint);
            if (position < _cursorByte + length || _cursorUnit + units >= _piece.End)
            {
                end = _cursorUnit + units;
                return _cursorUnit;
            }

            _cursorUnit += units;
            _cursorByte += length;
        }
    }
}

/// <summary>
/// A token's text and the stretch of the original text it covers: in UTF-16 units up to the model, in code points behind it.
/// </summary>
internal readonly record struct EncodedToken(string Text, int Start, int End);
