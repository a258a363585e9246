using ALoRA.Onnx.Files;
using ALoRA.Onnx.Tokenization;
using ALoRA.Onnx.Tokenization.Loading;
using ALoRA.Onnx.Tokenization.PostProcessing;

namespace ALoRA.Onnx;

/// <summary>
/// A tokenizer that is read from a Hugging Face <c>tokenizer.json</c>; its ids are those of the <c>tokenizers</c> library.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. There is nothing to dispose. <c>truncation</c> and <c>padding</c> in the file are not applied: as in
/// Transformers, they are up to the caller.
/// </remarks>
public sealed class HfTokenizer
{
    private readonly TokenizerPipeline _pipeline;

    internal HfTokenizer(TokenizerPipeline pipeline) => _pipeline = pipeline;

    /// <summary>
    /// Whether a text is the bytes of its tokens (<see cref="BytesOf"/>) behind each other, but for a space at its start.
    /// </summary>
    internal bool JoinsBytes => _pipeline.JoinsBytes;

    /// <summary>Texts that become ids of their own wherever they stand, but for runs of white space.</summary>
    internal IEnumerable<string> MarkTexts => _pipeline.AddedTokens.MarkTexts;

    /// <summary>Whether other characters may spell a mark once they are normalized.</summary>
    internal bool HasNormalizedMarks => _pipeline.AddedTokens.HasNormalizedMarks;

    /// <summary>The largest token id plus one. Not every id below it needs to have a token.</summary>
    public int VocabularySize => _pipeline.VocabularySize;

    /// <summary>
    /// Whether the file has a normalizer, which may change a text before it is split into tokens. An empty sequence of normalizers
    /// counts as none.
    /// </summary>
    public bool HasNormalizer => _pipeline.HasNormalizer;

    /// <summary>Loads a tokenizer.</summary>
    /// <remarks>
    /// Of a folder, tokens that only <c>tokenizer_config.json</c> (<c>added_tokens_decoder</c> and special tokens),
    /// <c>special_tokens_map.json</c> or <c>added_tokens.json</c> declare are added to those of <c>tokenizer.json</c>, as Transformers adds
    /// them: in the order of the ids they are given, with the next ids that are free. Of a file, nothing else is read.
    /// </remarks>
    /// <param name="path">A folder with <c>tokenizer.json</c> or <c>tokenizer.json.gz</c>, or the path of such a file.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">
    /// The folder has no tokenizer, or a file is malformed or uses something that is not supported.
    /// </exception>
    public static HfTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = TokenizerFile.Find(path);
        TokenizerSettings? settings = Directory.Exists(path) ? TokenizerSettings.Read(path) : null;
        return new HfTokenizer(TokenizerReader.Read(TokenizerFile.Read(file).Span, file, settings));
    }

    /// <summary>Reads a tokenizer from the content of a <c>tokenizer.json</c>.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="source">What error messages call the content, usually its path.</param>
    /// <exception cref="ModelFormatException">The content is malformed or uses something that is not supported.</exception>
    public static HfTokenizer Parse(ReadOnlySpan<byte> json, string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new HfTokenizer(TokenizerReader.Read(json, source));
    }

    /// <summary>Turns text into token ids.</summary>
    /// <param name="text">Any text; unpaired surrogates are read as U+FFFD.</param>
    /// <param name="addSpecialTokens">
    /// Whether to add what the file's post-processor adds, such as a begin-of-text token. The default is <see langword="false"/>.
    /// </param>
    /// <param name="specialTokensAsText">
    /// Whether special tokens that are spelled out in the text are treated as ordinary text.
    /// The default is <see langword="false"/>: they become their ids.
    /// </param>
    /// <exception cref="ModelFormatException">
    /// The text has a character that is not in the vocabulary, and the file defines no unknown token.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The file's rules make the text longer by more than they may: a million characters and twenty for each one, and for texts beyond
    /// that sixteen million and three for each one.
    /// </exception>
    /// <remarks>
    /// As in Transformers, tokens that the text spells out become their ids: encode text of users with a <see cref="PromptEncoder"/>,
    /// which tells it from what the template writes.
    /// </remarks>
    public int[] Encode(string text, bool addSpecialTokens = false, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. _pipeline.Encode(text, addSpecialTokens, specialTokensAsText, withDetails: false).Ids];
    }

    /// <summary>Counts the tokens of a text: as many as <see cref="Encode(string, bool, bool)"/> gives.</summary>
    /// <returns>The number of tokens.</returns>
    /// <inheritdoc cref="Encode(string, bool, bool)"/>
    public int CountTokens(string text, bool addSpecialTokens = false, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _pipeline.Encode(text, addSpecialTokens, specialTokensAsText, withDetails: false).Ids.Count;
    }

    /// <inheritdoc cref="Encode(string, bool, bool)"/>
    /// <param name="text">Any text; unpaired surrogates are read as U+FFFD.</param>
    /// <param name="cancellationToken">Cancels between the pieces of the text.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public int[] Encode(string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. _pipeline.Encode(
            text, addSpecialTokens: false, specialTokensAsText: false, withDetails: false, cancellationToken: cancellationToken).Ids];
    }

    /// <summary>Turns text into token ids, with the text and the offsets of each token.</summary>
    /// <inheritdoc cref="Encode(string, bool, bool)"/>
    public TokenEncoding EncodeWithOffsets(string text, bool addSpecialTokens = false, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        EncodedTokens tokens = _pipeline.Encode(text, addSpecialTokens, specialTokensAsText, withDetails: true);
        return new TokenEncoding(
            tokens.Ids,
            tokens.Details.ConvertAll(token => token.Text),
            tokens.Details.ConvertAll(token => new TokenOffsets(token.Start, token.End)));
    }

    /// <summary>Turns token ids into text. Ids that are not in the vocabulary are skipped.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out. The default is <see langword="false"/>.</param>
    /// <exception cref="InvalidOperationException">The file's rules make more than sixteen million characters of the tokens.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => _pipeline.Decode(ids, skipSpecialTokens);

    /// <summary>Creates a decoder that turns a stream of tokens into text one by one.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out. The default is <see langword="false"/>.</param>
    /// <returns>A decoder for one stream; not thread-safe.</returns>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = false) => new(_pipeline, skipSpecialTokens);

    /// <summary>The text of a token as it is in the vocabulary; <see langword="null"/> if the id has no token.</summary>
    public string? TokenOf(int id) => _pipeline.TokenOf(id);

    /// <summary>The id of a token; <see langword="null"/> if it is not in the vocabulary.</summary>
    /// <param name="token">The text as it is in the vocabulary (<c>Ġword</c>, <c>▁word</c>, <c>&lt;|end|&gt;</c>).</param>
    public int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _pipeline.IdOf(token);
    }

    /// <summary>Whether a token is special: it never comes from ordinary text, and can be left out when decoding.</summary>
    public bool IsSpecial(int id) => _pipeline.IsSpecial(id);

    /// <summary>
    /// The UTF-8 bytes that a token adds in the middle of a text. They may be part of a character; empty if the id has no token.
    /// </summary>
    public ReadOnlyMemory<byte> BytesOf(int id) => _pipeline.BytesOf(id);

    /// <summary>Whether an id is an added token, special or not, but for runs of white space.</summary>
    internal bool IsMark(int id) => _pipeline.AddedTokens.IsMark(id);

    /// <summary>Turns text into tokens, none of which is an added token that reaches over a barrier.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="barriers">Ascending places in UTF-16 units.</param>
    /// <param name="withDetails">Whether stretches are wanted.</param>
    /// <param name="cancellationToken">Cancels between the pieces of the text.</param>
    /// <returns>Ids, and with details the stretch of the text of each in UTF-16 units.</returns>
    internal EncodedTokens Encode(string text, int[] barriers, bool withDetails, CancellationToken cancellationToken) =>
        _pipeline.Encode(text, addSpecialTokens: false, specialTokensAsText: false, withDetails, barriers, cancellationToken);

    /// <summary>The marks that a text spells out, in any order.</summary>
    internal IEnumerable<int> MarksIn(string text) => _pipeline.MarksIn(text);

    /// <inheritdoc cref="TokenizerPipeline.FindNormalizedMarks"/>
    internal IEnumerable<int> FindNormalizedMarks(string text) => _pipeline.FindNormalizedMarks(text);

    /// <inheritdoc cref="TokenizerPipeline.FewestTokens"/>
    internal int FewestTokens(ReadOnlySpan<char> text) => _pipeline.FewestTokens(text);
}
