using System.Text.Json;
using ALoRA.Onnx.Files;
using ALoRA.Onnx.Tokenization.AddedTokens;
using ALoRA.Onnx.Tokenization.Decoding;
using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.PreTokenization;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Reads a whole tokenizer.json: the small parts as a document, the model token by token.</summary>
internal static class TokenizerReader
{
    // A document takes several times the bytes of its text; published files stay below 2 MB.
    private const int MaxSectionLength = 8 << 20;

    /// <param name="json">The file's content.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="settings">What the files beside it declare; null where only the file itself counts.</param>
    public static TokenizerPipeline Read(ReadOnlySpan<byte> json, string source, TokenizerSettings? settings = null)
    {
        if (json.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        try
        {
            return ReadRoot(json, source, settings);
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException(
                $"{source}: expected JSON, got something that is not: {exception.Message} Download the file again.",
                exception);
        }
        catch (InvalidOperationException exception)
        {
            // What JsonElement throws for texts and names that are no valid UTF-16.
            throw new ModelFormatException(
                $"{source}: expected texts in valid Unicode, got one that is not: {exception.Message} Download the file again.", exception);
        }
    }

    private static TokenizerPipeline ReadRoot(ReadOnlySpan<byte> json, string source, TokenizerSettings? settings)
    {
        Utf8JsonReader reader = new(json);
        reader.Read();
        JsonCursor.Expect(ref reader, JsonTokenType.StartObject, source, "an object");
        Dictionary<string, JsonSection> sections = new(StringComparer.Ordinal);
        TokenModel? model = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = JsonCursor.ReadText(ref reader, source);
            reader.Read();
            switch (key)
            {
                case "model":
                    model = ModelReader.Read(ref reader, json.Length, source);
                    break;
                case "version" or "added_tokens" or "normalizer" or "pre_tokenizer" or "post_processor" or "decoder":
                    sections[key] = JsonCursor.ReadSection(ref reader, MaxSectionLength, source, key);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (reader.Read())
        {
            throw JsonCursor.Error(source, "one object and nothing behind it", reader.TokenType);
        }

        return Assemble(
            sections, source, model ?? throw JsonCursor.Error(source, "an object with \"model\"", "one without"), settings);
    }

    private static TokenizerPipeline Assemble(
        Dictionary<string, JsonSection> sections, string source, TokenModel model, TokenizerSettings? settings)
    {
        if (Find(sections, "version") is JsonSection version && version.Text() != "1.0")
        {
            throw version.Error("\"1.0\"");
        }

        Normalizer? normalizer = Find(sections, "normalizer") is JsonSection first ? NormalizerReader.Read(first) : null;
        List<(int Id, AddedToken Token)> own = Find(sections, "added_tokens")?.Items().ConvertAll(AddedTokenReader.Read) ?? [];
        List<AddedToken> added = own.ConvertAll(entry => entry.Token);
        if (settings is not null)
        {
            added.AddRange(TokenizerFolder.MoreTokens(settings, own));
        }

        return new TokenizerPipeline(
            normalizer,
            Find(sections, "pre_tokenizer") is JsonSection second ? PreTokenizerReader.Read(second) : null,
            model,
            new AddedVocabulary(added, model.Vocabulary, normalizer, $"{source}: added_tokens"),
            Find(sections, "post_processor") is JsonSection third ? PostProcessorReader.Read(third) : null,
            Find(sections, "decoder") is JsonSection fourth ? DecoderReader.Read(fourth) : null);
    }

    private static JsonSection? Find(Dictionary<string, JsonSection> sections, string key) =>
        sections.TryGetValue(key, out JsonSection section) && !section.IsNull ? section : null;
}

/// <summary>Reads an entry of <c>added_tokens</c>.</summary>
internal static class AddedTokenReader
{
    public static (int Id, AddedToken Token) Read(JsonSection section) => (
        section["id"].Count(),
        new AddedToken(
            section["content"].Text(),
            section["single_word"].Flag(),
            section["lstrip"].Flag(),
            section["rstrip"].Flag(),
            section["normalized"].Flag(),
            section["special"].Flag()));
}

/// <summary>Reads the <c>decoder</c> of a tokenizer.json.</summary>
internal static class DecoderReader
{
    public static TokenDecoder Read(JsonSection section) => section.Type switch
    {
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => new StripDecoder(section["content"].Character(), section["start"].Count(), section["stop"].Count()),
        "Metaspace" => new MetaspaceDecoder(
            section["replacement"].Character(),
            prependedAtStart: PreTokenizerReader.ReadPrependScheme(section) != PrependScheme.Never),
        "Replace" => new ReplaceDecoder(section["pattern"].Pattern(), section["content"].Text()),
        "WordPiece" => new WordPieceDecoder(section["prefix"].Text(), section["cleanup"].Flag()),
        "BPEDecoder" => new BpeDecoder(NotEmpty(section["suffix"])),
        "CTC" => new CtcDecoder(NotEmpty(section["pad_token"]), NotEmpty(section["word_delimiter_token"]), section["cleanup"].Flag()),
        "Sequence" => new SequenceDecoder(section["decoders"].Items().ConvertAll(Read)),
        _ => throw section["type"].Error("a decoder of the tokenizers library (ByteLevel, Sequence, ...)"),
    };

    private static string NotEmpty(JsonSection section) =>
        section.Text() is { Length: > 0 } text ? text : throw section.Error("a string that is not empty");
}
