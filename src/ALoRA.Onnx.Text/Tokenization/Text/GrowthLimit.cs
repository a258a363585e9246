namespace ALoRA.Onnx.Tokenization.Text;

/// <summary>
/// How much longer normalizers and pre-tokenizers may make one text, all stages and stretches together: rules that each make a text longer
/// multiply, so that a few letters could fill the memory. One thread at a time.
/// </summary>
/// <remarks>
/// No character of Unicode has a decomposition longer than 18, so that its forms never reach the limit up to texts of a million characters.
/// </remarks>
/// <param name="characters">Length of the text in UTF-16 units.</param>
internal sealed class GrowthLimit(long characters)
{
    private const long Base = 1_000_000;
    private const long Factor = 20;

    // Longer texts may still grow as much as bytes written as characters do.
    private const long LargeBase = 1 << 24;
    private const long LargeFactor = 3;

    private readonly long _limit = Math.Min(Base + (Factor * characters), LargeBase + (LargeFactor * characters));
    private long _spent;

    /// <summary>By how much a text may grow from here on.</summary>
    public long Left => _limit - _spent;

    /// <summary>Refuses a length that is beyond the limit, before anything of that length is allocated.</summary>
    /// <exception cref="InvalidOperationException">It is.</exception>
    public void Check(long length, long sourceLength)
    {
        if (length - sourceLength > Left)
        {
            throw new InvalidOperationException(
                $"The tokenizer's rules make a text of {characters} characters longer by more than {_limit}. Check normalizer and "
                + "pre_tokenizer in tokenizer.json, or give a shorter text.");
        }
    }

    /// <summary>Counts what a stage has added.</summary>
    public void Spend(long length, long sourceLength)
    {
        Check(length, sourceLength);
        _spent += Math.Max(length - sourceLength, 0);
    }
}
