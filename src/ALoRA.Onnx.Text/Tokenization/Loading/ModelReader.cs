using System.Text.Json;
using ALoRA.Onnx.Tokenization.Models;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>
/// Reads the <c>model</c> of a tokenizer.json. Vocabulary and merges go by without a document in between: they are nearly all of the file.
/// </summary>
internal static class ModelReader
{
    // What published files have, merges and all. Only a first guess at the number of tokens.
    private const int BytesPerToken = 80;
    private const int MaxSettingLength = 1 << 20;

    /// <param name="reader">Stands on the start of the object; stands on its end afterwards.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="source">The file, for messages.</param>
    public static TokenModel Read(ref Utf8JsonReader reader, int fileLength, string source)
    {
        string location = $"{source}: model";
        JsonCursor.Expect(ref reader, JsonTokenType.StartObject, location, "an object");
        Dictionary<string, JsonSection> settings = new(StringComparer.Ordinal);
        VocabularyReader vocabulary = new($"{location}.vocab", fileLength / BytesPerToken);
        Utf8JsonReader merges = default;
        bool hasMerges = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = JsonCursor.ReadText(ref reader, location);
            reader.Read();
            switch (key)
            {
                case "vocab":
                    vocabulary.Read(ref reader);
                    break;
                case "merges":
                    // They need vocabulary and prefix, which may stand behind them.
                    merges = reader;
                    hasMerges = true;
                    reader.Skip();
                    break;
                default:
                    settings[key] = JsonCursor.ReadSection(ref reader, MaxSettingLength, source, $"model.{key}");
                    break;
            }
        }

        JsonSection Setting(string key) =>
            settings.TryGetValue(key, out JsonSection section) ? section : new JsonSection(default, source, $"model.{key}");

        string type = Setting("type").OptionalText() ?? GuessType(hasMerges, vocabulary, Setting);
        if (!vocabulary.IsRead || (vocabulary.Scores is not null) != (type == "Unigram"))
        {
            throw JsonCursor.Error(
                $"{location}.vocab",
                type == "Unigram" ? "a list of tokens and scores" : "an object of tokens and ids",
                vocabulary.IsRead ? "the other form" : "nothing");
        }

        switch (type)
        {
            case "BPE":
                return ReadBpe(vocabulary.Vocabulary, ref merges, hasMerges, Setting, location);
            case "Unigram":
                return ReadUnigram(vocabulary, Setting, location);
            case "WordPiece":
                return new WordPieceModel(
                    vocabulary.Vocabulary,
                    Setting("unk_token").Text(),
                    Setting("continuing_subword_prefix").Text(),
                    Setting("max_input_chars_per_word").Count(),
                    location);
            case "WordLevel":
                return new WordLevelModel(vocabulary.Vocabulary, Setting("unk_token").Text(), location);
            default:
                throw Setting("type").Error("BPE, Unigram, WordPiece or WordLevel");
        }
    }

    // Files from before the type was written are told apart by what they have.
    private static string GuessType(bool hasMerges, VocabularyReader vocabulary, Func<string, JsonSection> setting) =>
        hasMerges ? "BPE"
        : vocabulary.Scores is not null ? "Unigram"
        : setting("max_input_chars_per_word").IsNull ? "WordLevel"
        : "WordPiece";

    private static BpeModel ReadBpe(
        Vocabulary vocabulary,
        ref Utf8JsonReader merges,
        bool hasMerges,
        Func<string, JsonSection> setting,
        string location)
    {
        if (setting("dropout") is { IsNull: false } dropout && dropout.Describe() is not ("0" or "0.0"))
        {
            throw dropout.Error("null: dropout makes the same text other tokens each time, and is for training only");
        }

        if (!hasMerges)
        {
            throw JsonCursor.Error($"{location}.merges", "a list of merges", "nothing");
        }

        BpeSettings settings = new()
        {
            Source = location,
            UnknownToken = setting("unk_token").OptionalText(),
            FuseUnknown = setting("fuse_unk").Flag(absent: false),
            ByteFallback = setting("byte_fallback").Flag(absent: false),
            IgnoreMerges = setting("ignore_merges").Flag(absent: false),
            ContinuingPrefix = setting("continuing_subword_prefix").OptionalText() ?? "",
            EndSuffix = setting("end_of_word_suffix").OptionalText() ?? "",
        };
        MergeTable table = new MergesReader(vocabulary, settings.ContinuingPrefix, $"{location}.merges").Read(ref merges);
        return new BpeModel(vocabulary, table, settings);
    }

    private static UnigramModel ReadUnigram(VocabularyReader vocabulary, Func<string, JsonSection> setting, string location)
    {
        JsonSection unknown = setting("unk_id");
        int? unknownId = unknown.IsNull ? null : unknown.Count();
        if (unknownId >= vocabulary.Scores!.Count)
        {
            throw unknown.Error($"the id of one of the {vocabulary.Scores.Count} tokens");
        }

        bool byteFallback = setting("byte_fallback").Flag(absent: false);
        return new UnigramModel(vocabulary.Vocabulary, [.. vocabulary.Scores], unknownId, byteFallback, location);
    }
}
