using ALoRA.Onnx.Tokenization;
using ALoRA.Onnx.Tokenization.Loading;
using ALoRA.Onnx.Tokenization.PostProcessing;

namespace ALoRA.Onnx;

/// <summary>A tokenizer as a Hugging Face <c>tokenizer.json</c> describes it; gives the ids of the <c>tokenizers</c> library.</summary>
/// <remarks>
/// Immutable after loading and thread-safe; holds no native resources, nothing to dispose. <c>truncation</c> and <c>padding</c> in the
/// file are not applied: like in Transformers they are up to the caller.
/// </remarks>
public sealed class HfTokenizer
{
    private readonly TokenizerPipeline _pipeline;

    internal HfTokenizer(TokenizerPipeline pipeline) => _pipeline = pipeline;

    /// <summary>
    /// Whether a text is the bytes of its tokens (<see cref="BytesOf"/>) behind each other, but for a space at its start.
    /// </summary>
    internal bool JoinsBytes => _pipeline.JoinsBytes;

    /// <summary>The largest token id plus one. Ids below it that have no token are possible.</summary>
    public int VocabularySize => _pipeline.VocabularySize;

    /// <summary>
    /// Whether the file has a normalizer, which may change a text before it is taken apart; a sequence of none counts as none. Without one
    /// the ids are those of the text as it is written.
    /// </summary>
    public bool HasNormalizer => _pipeline.HasNormalizer;

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="path">A folder with <c>tokenizer.json</c> or <c>tokenizer.json.gz</c>, or the path of such a file.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">
    /// The folder has no tokenizer, or the file is malformed or uses something that is not supported.
    /// </exception>
    public static HfTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = TokenizerFile.Find(path);
        return Parse(TokenizerFile.Read(file).Span, file);
    }

    /// <summary>Reads a tokenizer from the content of a <c>tokenizer.json</c>.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="source">What to call the content in messages, usually its path.</param>
    /// <exception cref="ModelFormatException">The content is malformed or uses something that is not supported.</exception>
    public static HfTokenizer Parse(ReadOnlySpan<byte> json, string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new HfTokenizer(TokenizerReader.Read(json, source));
    }

    /// <summary>Turns text into token ids.</summary>
    /// <param name="text">Any text; unpaired surrogates read as U+FFFD.</param>
    /// <param name="addSpecialTokens">Adds what the file's post-processor adds, such as a begin-of-text token. Default: no.</param>
    /// <param name="specialTokensAsText">
    /// Treats special tokens that are written in the text as ordinary text. Default: they become their ids.
    /// </param>
    /// <exception cref="ModelFormatException">
    /// The text has a character the vocabulary lacks, and the file names no unknown token.
    /// </exception>
    public int[] Encode(string text, bool addSpecialTokens = false, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. _pipeline.Encode(text, addSpecialTokens, specialTokensAsText, withDetails: false).Ids];
    }

    /// <summary>Turns text into token ids, with each token's text and place.</summary>
    /// <inheritdoc cref="Encode"/>
    public TokenEncoding EncodeWithOffsets(string text, bool addSpecialTokens = false, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        EncodedTokens tokens = _pipeline.Encode(text, addSpecialTokens, specialTokensAsText, withDetails: true);
        return new TokenEncoding(
            tokens.Ids,
            tokens.Details.ConvertAll(token => token.Text),
            tokens.Details.ConvertAll(token => new TokenOffsets(token.Start, token.End)));
    }

    /// <summary>Turns token ids into text. Ids outside of the vocabulary are passed over.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Leaves special tokens out. Default: no.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => _pipeline.Decode(ids, skipSpecialTokens);

    /// <summary>Starts to turn tokens into text one by one.</summary>
    /// <param name="skipSpecialTokens">Leaves special tokens out. Default: no.</param>
    /// <returns>A decoder for one stream, to be used by one thread at a time.</returns>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = false) => new(_pipeline, skipSpecialTokens);

    /// <summary>The text of a token as the vocabulary has it, or <see langword="null"/> if there is no token of the id.</summary>
    public string? TokenOf(int id) => _pipeline.TokenOf(id);

    /// <summary>The id of a token, or <see langword="null"/> if the vocabulary has none of the text.</summary>
    /// <param name="token">The text as the vocabulary has it (<c>Ġword</c>, <c>▁word</c>, <c>&lt;|end|&gt;</c>).</param>
    public int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _pipeline.IdOf(token);
    }

    /// <summary>Whether a token is marked special: left out of text on request, never made from ordinary text.</summary>
    public bool IsSpecial(int id) => _pipeline.IsSpecial(id);

    /// <summary>
    /// The UTF-8 bytes a token adds to a text when it stands in the middle of it.
    /// May hold part of a character; empty if there is no such token.
    /// </summary>
    public ReadOnlyMemory<byte> BytesOf(int id) => _pipeline.BytesOf(id);
}
