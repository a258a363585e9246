using ALoRA.Onnx.Tokenization.PreTokenization;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>A stage that rewrites text before it is cut. Thread-safe.</summary>
internal abstract class Normalizer
{
    public abstract AlignedText Normalize(AlignedText text);

    /// <summary>How many times shorter a text may become; 0 where there is no bound.</summary>
    public virtual int MostDropped => 0;
}

/// <summary>Writes every byte as its <see cref="ByteCharacters">character</see>.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override int MostDropped => 1;

    public override AlignedText Normalize(AlignedText text) => ByteCharacters.Encode(text);
}

/// <summary>SentencePiece's <c>nmt</c> rules: control characters go, unusual white space becomes a space.</summary>
internal sealed class NmtNormalizer : CodePointNormalizer
{
    protected override bool Keeps(int codePoint) =>
        codePoint is not ((>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F);

    protected override int Map(int codePoint) =>
        codePoint is 0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD
            ? ' '
            : codePoint;
}

/// <summary>Puts a text in front; it shares the place of the first code point. An empty text stays empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override int MostDropped => 1;

    public override AlignedText Normalize(AlignedText text)
    {
        if (text.Text.Length == 0)
        {
            return text;
        }

        AlignedTextBuilder builder = new(text, (long)text.Text.Length + prefix.Length);
        PrefixedPieces.Append(builder, text, new TextPiece(0, text.Text.Length), prefix);
        return builder.Build();
    }
}

internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> stages) : Normalizer
{
    public bool IsEmpty => stages.Count == 0;

    public override int MostDropped => stages.Aggregate(1, (factor, stage) => Math.Min(factor * stage.MostDropped, 1024));

    public override AlignedText Normalize(AlignedText text) => stages.Aggregate(text, (current, stage) => stage.Normalize(current));
}

/// <summary>Drops combining marks; expects a decomposed text.</summary>
internal sealed class StripAccentsNormalizer : CodePointNormalizer
{
    protected override bool Keeps(int codePoint) => !FrozenCategories.IsMark(codePoint);
}

/// <summary>Drops white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        string characters = text.Text;
        int start = 0;
        while (left && start < characters.Length && CharacterClass.IsWhiteSpace(characters[start]))
        {
            start++;
        }

        int end = characters.Length;
        while (right && end > start && CharacterClass.IsWhiteSpace(characters[end - 1]))
        {
            end--;
        }

        return start == 0 && end == characters.Length ? text : text.Cut(start, end);
    }
}

/// <summary>Unicode's normalization forms.</summary>
internal enum UnicodeForm
{
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}
