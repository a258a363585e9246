using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Tokenization.PreTokenization;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    public static PreTokenizer Read(JsonSection section) => section.Type switch
    {
        "ByteLevel" => new ByteLevelPreTokenizer(section["add_prefix_space"].Flag(), section["use_regex"].Flag(absent: true)),
        "Split" => new SplitPreTokenizer(
            section["pattern"].Pattern(),
            ReadBehavior(section["behavior"]),
            section["invert"].Flag(absent: false)),
        "Whitespace" => new WhitespacePreTokenizer(),
        "WhitespaceSplit" => SplitBy(CharacterClass.IsWhiteSpace, SplitBehavior.Removed),
        "Digits" => SplitBy(
            CharacterClass.IsNumber, section["individual_digits"].Flag() ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "Punctuation" => SplitBy(IsPunctuation, section["behavior"].IsNull ? SplitBehavior.Isolated : ReadBehavior(section["behavior"])),
        "CharDelimiterSplit" => SplitByDelimiter(section["delimiter"]),
        "BertPreTokenizer" => new SequencePreTokenizer(
        [
            SplitBy(CharacterClass.IsWhiteSpace, SplitBehavior.Removed),
            SplitBy(IsPunctuation, SplitBehavior.Isolated),
        ]),
        "Metaspace" => ReadMetaspace(section),
        "UnicodeScripts" => new UnicodeScriptsPreTokenizer(),
        "FixedLength" => new FixedLengthPreTokenizer(ReadLength(section["length"])),
        "Sequence" => new SequencePreTokenizer(section["pretokenizers"].Items().ConvertAll(Read)),
        _ => throw section["type"].Error("a pre-tokenizer of the tokenizers library (ByteLevel, Split, Metaspace, ...)"),
    };

    /// <summary>Reads what the pre-tokenizer and the decoder of this name share.</summary>
    public static PrependScheme ReadPrependScheme(JsonSection section)
    {
        JsonSection value = section["prepend_scheme"];
        string name = value.OptionalText() ?? "always";
        PrependScheme scheme = name switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw value.Error("\"always\", \"first\" or \"never\""),
        };

        // The older spelling; the reference refuses a file in which both stand and differ.
        bool contradicts = !section["add_prefix_space"].Flag(absent: true) && scheme != PrependScheme.Never;
        return contradicts
            ? throw section["add_prefix_space"].Error("\"prepend_scheme\" to be \"never\" beside it", $"\"{name}\"")
            : scheme;
    }

    private static SplitPreTokenizer SplitBy(Func<int, bool> test, SplitBehavior behavior) => new(new CodePointPattern(test), behavior);

    private static SplitPreTokenizer SplitByDelimiter(JsonSection delimiter)
    {
        int value = delimiter.Character().Value;
        return SplitBy(codePoint => codePoint == value, SplitBehavior.Removed);
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonSection section) =>
        new(section["replacement"].Character(), ReadPrependScheme(section), section["split"].Flag(absent: true));

    // ASCII symbols such as $ and + count as punctuation here.
    private static bool IsPunctuation(int codePoint) =>
        codePoint is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        || FrozenCategories.IsPunctuation(codePoint);

    private static int ReadLength(JsonSection section)
    {
        int length = section.Count(absent: 5);
        return length > 0 ? length : throw section.Error("a length of at least 1");
    }

    private static SplitBehavior ReadBehavior(JsonSection section) => section.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw section.Error("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
    };
}
