using ALoRA.Onnx.Tokenization.Normalization;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Reads the <c>normalizer</c> of a tokenizer.json.</summary>
internal static class NormalizerReader
{
    public static Normalizer Read(JsonSection section) => section.Type switch
    {
        "NFC" => new UnicodeNormalizer(UnicodeForm.Nfc),
        "NFD" => new UnicodeNormalizer(UnicodeForm.Nfd),
        "NFKC" => new UnicodeNormalizer(UnicodeForm.Nfkc),
        "NFKD" => new UnicodeNormalizer(UnicodeForm.Nfkd),
        "Lowercase" => new LowercaseNormalizer(),
        "StripAccents" => new StripAccentsNormalizer(),
        "Strip" => new StripNormalizer(section["strip_left"].Flag(), section["strip_right"].Flag()),
        "Replace" => new ReplaceNormalizer(section["pattern"].Pattern(), section["content"].Text()),
        "Prepend" => new PrependNormalizer(section["prepend"].Text()),
        "Nmt" => new NmtNormalizer(),
        "ByteLevel" => new ByteLevelNormalizer(),
        "BertNormalizer" => new BertNormalizer(
            section["clean_text"].Flag(),
            section["handle_chinese_chars"].Flag(),
            section["strip_accents"].IsNull ? null : section["strip_accents"].Flag(),
            section["lowercase"].Flag()),
        "Precompiled" => ReadPrecompiled(section["precompiled_charsmap"]),
        "Sequence" => new SequenceNormalizer(section["normalizers"].Items().ConvertAll(Read)),
        _ => throw section["type"].Error("a normalizer of the tokenizers library (NFC, Replace, Sequence, ...)"),
    };

    private static PrecompiledNormalizer ReadPrecompiled(JsonSection section)
    {
        try
        {
            return PrecompiledNormalizer.Read(Convert.FromBase64String(section.Text()));
        }
        catch (FormatException exception)
        {
            throw section.Error("a character map of SentencePiece in Base64", exception.Message);
        }
    }
}
