using System.Buffers;
using ALoRA.Onnx.Extensions.AI.Tokenization;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>
/// A model's own tokenizer as <see cref="Tokenizer"/>, for what counts and cuts text by tokens: chunkers, limits of a context.
/// Made by <see cref="HfTokenizerExtensions.AsTokenizer"/>.
/// </summary>
/// <remarks>
/// <para>
/// All ids are those of <see cref="HfTokenizer"/>. Ranges and indexes are UTF-16 positions of the text that was given, whatever the
/// tokenizer makes of it on the way, so there is no normalized text: it is always <see langword="null"/>. A cut (by a largest count of
/// tokens) never lies within a character; where a character is several tokens, fewer than the largest count are taken.
/// </para>
/// <para>
/// Normalizer and pre-tokenizer belong to the ids of a model: <c>considerPreTokenization: false</c> gives a
/// <see cref="NotSupportedException"/>, and so does <c>considerNormalization: false</c>, which some chunkers always pass, where the
/// tokenizer has a normalizer (<see cref="HfTokenizer.HasNormalizer"/>); where it has none, there is nothing to leave out. A largest
/// count below one gives an <see cref="ArgumentOutOfRangeException"/>, a character that the vocabulary lacks and for which it names no
/// unknown token a <see cref="ModelFormatException"/>. Immutable and thread-safe; nothing to dispose.
/// </para>
/// </remarks>
public sealed class AloraTokenizer : Tokenizer
{
    private readonly HfTokenizer _tokenizer;
    private readonly bool _addSpecialTokens;
    private readonly bool _specialTokensAsText;

    internal AloraTokenizer(HfTokenizer tokenizer, bool addSpecialTokens, bool specialTokensAsText)
    {
        _tokenizer = tokenizer;
        _addSpecialTokens = addSpecialTokens;
        _specialTokensAsText = specialTokensAsText;
    }

    /// <summary>Turns ids into text, special tokens included. Ids outside of the vocabulary are passed over.</summary>
    /// <param name="ids">Token ids.</param>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return _tokenizer.Decode([.. ids]);
    }

    /// <summary>Turns ids into as much of their text as a span holds, without cutting a token or a character.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="destination">Gets the text, or its beginning.</param>
    /// <param name="idsConsumed">How many ids the written text stands for.</param>
    /// <param name="charsWritten">UTF-16 units that were written.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.DestinationTooSmall"/>.</returns>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        string text = _tokenizer.Decode(all);
        if (text.TryCopyTo(destination))
        {
            idsConsumed = all.Length;
            charsWritten = text.Length;
            return OperationStatus.Done;
        }

        (idsConsumed, charsWritten) = Shown(all, text, destination.Length);
        text.AsSpan(0, charsWritten).CopyTo(destination);
        return OperationStatus.DestinationTooSmall;
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string whole = Checked(text, textSpan, settings);
        TokenRanges ranges = Encode(whole, out TokenEncoding encoding);
        (int count, int consumed) = ranges.FromStart(settings.MaxTokenCount);
        EncodedToken[] tokens = new EncodedToken[count];
        for (int i = 0; i < count; i++)
        {
            tokens[i] = new EncodedToken(encoding.Ids[i], encoding.Tokens[i], ranges[i]);
        }

        return new EncodeResults<EncodedToken> { Tokens = tokens, NormalizedText = null, CharsConsumed = consumed };
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string whole = Checked(text, textSpan, settings);
        int[] ids = _tokenizer.Encode(whole, _addSpecialTokens, _specialTokensAsText);
        int consumed = whole.Length;
        if (ids.Length > settings.MaxTokenCount)
        {
            (int count, consumed) = Encode(whole, out _).FromStart(settings.MaxTokenCount);
            ids = ids[..count];
        }

        return new EncodeResults<int> { Tokens = ids, NormalizedText = null, CharsConsumed = consumed };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        EncodeToIds(text, textSpan, settings).Tokens.Count;

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text,
        ReadOnlySpan<char> textSpan,
        EncodeSettings settings,
        bool fromEnd,
        out string? normalizedText,
        out int tokenCount)
    {
        string whole = Checked(text, textSpan, settings);
        TokenRanges ranges = Encode(whole, out _);
        normalizedText = null;
        (tokenCount, int index) = fromEnd ? ranges.FromEnd(settings.MaxTokenCount) : ranges.FromStart(settings.MaxTokenCount);
        return index;
    }

    private string Checked(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        if (!settings.ConsiderNormalization && _tokenizer.HasNormalizer)
        {
            throw new NotSupportedException(
                "considerNormalization: expected true, got false. The model's tokenizer.json has a normalizer, and without it the ids "
                + "would not be the model's; leave the argument out. Positions are those of the original text all the same. False is "
                + "accepted where a tokenizer.json has no normalizer.");
        }

        if (!settings.ConsiderPreTokenization)
        {
            throw new NotSupportedException(
                "considerPreTokenization: expected true, got false. A model's ids are those of its whole tokenizer.json, with normalizer "
                + "and pre-tokenizer; leave the argument out. Positions are those of the original text all the same.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount, "maxTokenCount");
        return text ?? textSpan.ToString();
    }

    private TokenRanges Encode(string text, out TokenEncoding encoding)
    {
        encoding = _tokenizer.EncodeWithOffsets(text, _addSpecialTokens, _specialTokensAsText);
        return new TokenRanges(text, encoding.Offsets);
    }

    // The tokens that can be shown within the length. Where the decoder changes what it has shown, the shown text ends before that.
    private (int Ids, int Chars) Shown(int[] ids, ReadOnlySpan<char> text, int length)
    {
        StreamingDecoder decoder = _tokenizer.CreateStreamingDecoder();
        (int Ids, int Chars) shown = (0, 0);
        for (int i = 0; i < ids.Length; i++)
        {
            if (decoder.Append(ids[i]) is not string piece)
            {
                continue;
            }

            if (shown.Chars + piece.Length > length || !text[shown.Chars..].StartsWith(piece, StringComparison.Ordinal))
            {
                break;
            }

            shown = (i + 1, shown.Chars + piece.Length);
        }

        return shown;
    }
}
