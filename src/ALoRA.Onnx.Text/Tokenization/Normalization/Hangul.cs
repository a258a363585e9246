namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Hangul syllables, which are composed by arithmetic (The Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;

    public static bool IsSyllable(int codePoint) => codePoint is >= SyllableBase and < SyllableBase + (LeadCount * VowelCount * TailCount);

    /// <summary>The two or three jamo of a syllable; the last is -1 if there are two.</summary>
    public static (int Lead, int Vowel, int Tail) Decompose(int syllable)
    {
        int index = syllable - SyllableBase;
        int tail = index % TailCount;
        int vowel = index / TailCount % VowelCount;
        return (LeadBase + (index / (VowelCount * TailCount)), VowelBase + vowel, tail == 0 ? -1 : TailBase + tail);
    }

    /// <summary>The syllable of a lead and a vowel, or of an open syllable and a tail; -1 if they do not compose.</summary>
    public static int Compose(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + LeadCount && second is >= VowelBase and < VowelBase + VowelCount)
        {
            return SyllableBase + ((((first - LeadBase) * VowelCount) + (second - VowelBase)) * TailCount);
        }

        return IsSyllable(first) && (first - SyllableBase) % TailCount == 0 && second is > TailBase and < TailBase + TailCount
            ? first + (second - TailBase)
            : -1;
    }
}
