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
    public int VocabularySize => Math.Max(model.Vocabulary.MaxId, addedTokens.MaxId) + 1;

    public bool HasNormalizer => normalizer is not (null or SequenceNormalizer { IsEmpty: true });

    public bool JoinsBytes => decoder is { JoinsBytes: true };

    public EncodedTokens Encode(string text, bool addSpecialTokens, bool specialTokensAsText, bool withDetails)
    {
        text = CodePoints.WithoutUnpairedSurrogates(text);
        EncodedTokens tokens = new(withDetails, model.Vocabulary.TokenOf);
        GrowthLimit growth = new(text.Length);

        // Added tokens that want the text as it is written are cut out first; the rest is normalized stretch by stretch.
        List<AddedTokenMatch> stretches = [];
        addedTokens.FindInText(text, specialTokensAsText, stretches);
        foreach (AddedTokenMatch stretch in stretches)
        {
            AlignedText raw = new(text[stretch.Start..stretch.End], stretch.Start, growth);
            if (stretch.Id >= 0)
            {
                tokens.AddWhole(stretch.Id, raw, 0, raw.Text.Length);
            }
            else
            {
                EncodeNormalized(normalizer?.Normalize(raw) ?? raw, specialTokensAsText, tokens);
            }
        }

        if (withDetails)
        {
            tokens.CountInCodePoints(new CodePointOffsets(text));
        }

        postProcessor?.Apply(tokens, addSpecialTokens);
        return tokens;
    }

    private void EncodeNormalized(AlignedText normalized, bool specialTokensAsText, EncodedTokens tokens)
    {
        List<AddedTokenMatch> stretches = [];
        addedTokens.FindInNormalized(normalized.Text, specialTokensAsText, stretches);
        foreach (AddedTokenMatch stretch in stretches)
        {
            if (stretch.Id >= 0)
            {
                tokens.AddWhole(stretch.Id, normalized, stretch.Start, stretch.End);
            }
            else
            {
                EncodePieces(normalized.Slice(stretch.Start, stretch.End), tokens);
            }
        }
    }

    private void EncodePieces(AlignedText stretch, EncodedTokens tokens)
    {
        PreTokenizedText pieces = new(stretch);
        preTokenizer?.Apply(pieces);
        foreach (TextPiece piece in pieces.Pieces)
        {
            tokens.BeginPiece(pieces.Text, piece);
            model.Tokenize(pieces.Characters(piece), tokens);
        }
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
}
