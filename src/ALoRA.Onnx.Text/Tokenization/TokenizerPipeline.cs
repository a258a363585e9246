using System.Text;
using ALoRA.Onnx.Tokenization.AddedTokens;
using ALoRA.Onnx.Tokenization.Decoding;
using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.PostProcessing;
using ALoRA.Onnx.Tokenization.PreTokenization;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization;

/// <summary>
/// The way of a text to ids and back: added tokens, normalizer, pre-tokenizer, model, post-processor; decoder. Thread-safe.
/// </summary>
internal sealed class TokenizerPipeline(
    Normalizer? normalizer,
    PreTokenizer? preTokenizer,
    TokenModel model,
    AddedVocabulary addedTokens,
    PostProcessor? postProcessor,
    TokenDecoder? decoder)
{
    // In UTF-16 units; a character is written as at most six of them (<0xNN>) in a vocabulary, never as fewer than one.
    private readonly Lazy<int> _longestToken = new(
        () => model.Vocabulary.Entries.Select(entry => entry.Key.Length).DefaultIfEmpty(0).Max());

    public int VocabularySize => Math.Max(model.Vocabulary.MaxId, addedTokens.MaxId) + 1;

    public bool HasNormalizer => normalizer is not (null or SequenceNormalizer { IsEmpty: true });

    public bool JoinsBytes => decoder is { JoinsBytes: true };

    /// <summary>The added tokens.</summary>
    public AddedVocabulary AddedTokens => addedTokens;

    public EncodedTokens Encode(
        string text,
        bool addSpecialTokens,
        bool specialTokensAsText,
        bool withDetails,
        int[]? barriers = null,
        CancellationToken cancellationToken = default)
    {
        text = CodePoints.WithoutUnpairedSurrogates(text);
        EncodedTokens tokens = new(withDetails, model.Vocabulary.TokenOf);
        GrowthLimit growth = new(text.Length);
        Cut cut = new(specialTokensAsText, barriers ?? [], cancellationToken);

        // Added tokens that want the text as it is written are cut out first; the rest is normalized stretch by stretch.
        List<AddedTokenMatch> stretches = [];
        addedTokens.FindInText(text, specialTokensAsText, cut.Barriers, stretches);
        foreach (AddedTokenMatch stretch in stretches)
        {
            AlignedText raw = new(text[stretch.Start..stretch.End], stretch.Start, growth);
            if (stretch.Id >= 0)
            {
                tokens.AddWhole(stretch.Id, raw, 0, raw.Text.Length);
            }
            else
            {
                EncodeNormalized(normalizer?.Normalize(raw) ?? raw, cut, tokens);
            }
        }

        if (withDetails && barriers is null)
        {
            tokens.CountInCodePoints(new CodePointOffsets(text));
        }

        postProcessor?.Apply(tokens, addSpecialTokens);
        return tokens;
    }

    /// <summary>Where marks begin that only the normalized text spells, as places in the text itself.</summary>
    public IEnumerable<int> FindNormalizedMarks(string text)
    {
        AlignedText raw = new(CodePoints.WithoutUnpairedSurrogates(text), 0);
        AlignedText normalized = normalizer?.Normalize(raw) ?? raw;
        List<AddedTokenMatch> stretches = [];
        addedTokens.FindInNormalized(normalized.Text, specialsAsText: false, [], stretches);
        return stretches.Where(stretch => addedTokens.IsMark(stretch.Id)).Select(stretch => normalized.OriginalStart(stretch.Start));
    }

    /// <summary>The marks that a text spells out, in any order.</summary>
    public IEnumerable<int> MarksIn(string text)
    {
        List<AddedTokenMatch> raw = [];
        addedTokens.FindInText(text, specialsAsText: false, [], raw);
        List<AddedTokenMatch> normalized = [];
        if (addedTokens.HasNormalizedMarks || normalizer is null)
        {
            foreach (AddedTokenMatch stretch in raw.Where(stretch => stretch.Id < 0))
            {
                AlignedText part = new(text[stretch.Start..stretch.End], 0);
                addedTokens.FindInNormalized((normalizer?.Normalize(part) ?? part).Text, specialsAsText: false, [], normalized);
            }
        }

        return raw.Concat(normalized).Select(match => match.Id).Where(addedTokens.IsMark);
    }

    /// <summary>
    /// A number of tokens that no encoding of a text falls below, from its length alone; 0 where the length says nothing, because stages
    /// drop text or one token stands for any number of characters.
    /// </summary>
    public int FewestTokens(ReadOnlySpan<char> text)
    {
        int longest = Math.Max(_longestToken.Value, addedTokens.LongestText);
        if (longest == 0 || !model.KeepsLength || preTokenizer is not (null or { KeepsText: true }) || normalizer is { MostDropped: 0 })
        {
            return 0;
        }

        int length = text.Length;
        if (addedTokens.SwallowsWhiteSpace)
        {
            length = 0;
            foreach (char unit in text)
            {
                length += char.IsWhiteSpace(unit) ? 0 : 1;
            }
        }

        return (int)(length / ((long)longest * (normalizer?.MostDropped ?? 1)));
    }

    private void EncodeNormalized(AlignedText normalized, Cut cut, EncodedTokens tokens)
    {
        List<AddedTokenMatch> stretches = [];
        addedTokens.FindInNormalized(normalized.Text, cut.SpecialTokensAsText, cut.BarriersOf(normalized), stretches);
        foreach (AddedTokenMatch stretch in stretches)
        {
            if (stretch.Id >= 0)
            {
                tokens.AddWhole(stretch.Id, normalized, stretch.Start, stretch.End);
            }
            else
            {
                EncodePieces(normalized.Slice(stretch.Start, stretch.End), cut, tokens);
            }
        }
    }

    private void EncodePieces(AlignedText stretch, Cut cut, EncodedTokens tokens)
    {
        PreTokenizedText pieces = new(stretch);
        preTokenizer?.Apply(pieces);
        int[] barriers = cut.BarriersOf(pieces.Text);
        foreach (TextPiece piece in pieces.Pieces)
        {
            cut.CancellationToken.ThrowIfCancellationRequested();
            int before = tokens.Ids.Count;
            tokens.BeginPiece(pieces.Text, piece);
            model.Tokenize(pieces.Characters(piece), tokens);
            if (HasInside(barriers, piece) && tokens.Ids.FindIndex(before, addedTokens.IsMark) >= 0)
            {
                // The model knows the text of an added token itself, and would read one where a barrier forbids it.
                tokens.RemoveFrom(before);
                EncodeParts(pieces, piece, barriers, tokens);
            }
        }
    }

    private static bool HasInside(int[] barriers, TextPiece piece)
    {
        if (barriers.Length == 0)
        {
            return false;
        }

        int next = barriers.AsSpan().BinarySearch(piece.Start + 1);
        next = next < 0 ? ~next : next;
        return next < barriers.Length && barriers[next] < piece.End;
    }

    private void EncodeParts(PreTokenizedText pieces, TextPiece piece, int[] barriers, EncodedTokens tokens)
    {
        int start = piece.Start;
        foreach (int barrier in barriers)
        {
            if (barrier > start && barrier < piece.End)
            {
                EncodePart(pieces, new TextPiece(start, barrier), tokens);
                start = barrier;
            }
        }

        EncodePart(pieces, piece with { Start = start }, tokens);
    }

    private void EncodePart(PreTokenizedText pieces, TextPiece part, EncodedTokens tokens)
    {
        tokens.BeginPiece(pieces.Text, part);
        model.Tokenize(pieces.Characters(part), tokens);
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        List<string> tokens = new(ids.Length);
        foreach (int id in ids)
        {
            if (TokenOf(id) is string token && !(skipSpecialTokens && addedTokens.IsSpecial(token)))
            {
                tokens.Add(token);
            }
        }

        return decoder is null ? string.Join(' ', tokens) : string.Concat(decoder.Decode(tokens));
    }

    public string? TokenOf(int id) => addedTokens.TextOf(id) ?? model.Vocabulary.TokenOf(id);

    public int? IdOf(string token) => addedTokens.IdOf(token) ?? model.Vocabulary.IdOf(token);

    public bool IsSpecial(int id) => addedTokens.TokenOf(id) is AddedToken token && addedTokens.IsSpecial(token.Content);

    public byte[] BytesOf(int id) => TokenOf(id) is not string token ? []
        : decoder?.BytesOf(token) ?? Encoding.UTF8.GetBytes(decoder?.DecodeInside(token) ?? token);

    /// <summary>How one text is cut.</summary>
    private readonly record struct Cut(bool SpecialTokensAsText, int[] Barriers, CancellationToken CancellationToken)
    {
        /// <summary>The barriers as places in a text that came from the original.</summary>
        public int[] BarriersOf(AlignedText text)
        {
            if (Barriers.Length == 0 || text.Text.Length == 0)
            {
                return [];
            }

            int next = Barriers.AsSpan().BinarySearch(text.OriginalStart(0));
            next = next < 0 ? ~next : next;
            if (next == Barriers.Length)
            {
                return [];
            }

            List<int> places = [];
            for (int unit = 0; unit < text.Text.Length && next < Barriers.Length; unit++)
            {
                if (Barriers[next] > text.OriginalStart(unit))
                {
                    continue;
                }

                places.Add(unit);
                while (next < Barriers.Length && Barriers[next] <= text.OriginalStart(unit))
                {
                    next++;
                }
            }

            if (next < Barriers.Length && Barriers[next] <= text.OriginalEnd(text.Text.Length - 1))
            {
                places.Add(text.Text.Length);
            }

            return [.. places];
        }
    }
}
