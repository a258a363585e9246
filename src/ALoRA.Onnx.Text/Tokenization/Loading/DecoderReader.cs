using ALoRA.Onnx.Tokenization.Decoding;
using ALoRA.Onnx.Tokenization.PreTokenization;

namespace ALoRA.Onnx.Tokenization.Loading;

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
