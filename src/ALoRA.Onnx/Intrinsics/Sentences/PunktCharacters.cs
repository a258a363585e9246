using System.Buffers;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Intrinsics.Sentences;

/// <summary>The character classes of the Punkt tokenizer.</summary>
internal static class PunktCharacters
{
    // Newer versions of NLTK count curly quotes and guillemets to punctuation and closing marks.
    private static readonly SearchValues<char> Punctuation = SearchValues.Create("?!)\";}]*:@'({[\u2018\u2019\u201C\u201D\u00AB\u00BB");
    private static readonly SearchValues<char> NoWordStart = SearchValues.Create("(\"`{[:;&#*@)}]-,");
    private static readonly SearchValues<char> Closing = SearchValues.Create("\"')]}\u2018\u2019\u201C\u201D\u00AB\u00BB");

    /// <summary>A character that may end a sentence.</summary>
    public static bool IsEnd(char c) => c is '.' or '?' or '!';

    /// <summary>A character that never stands inside of a word.</summary>
    public static bool IsPunctuation(char c) => Punctuation.Contains(c);

    /// <summary>A character with which a word may begin; white space is none.</summary>
    public static bool MayBeginWord(char c) => !NoWordStart.Contains(c) && !IsSpace(c);

    /// <summary>A mark that belongs to the sentence before it.</summary>
    public static bool IsClosing(char c) => Closing.Contains(c);

    /// <summary>White space in the Unicode sense.</summary>
    public static bool IsSpace(char c) => CharacterClass.IsSpace(c);

    /// <summary>White space where the words before a mark are looked for.</summary>
    public static bool IsAsciiSpace(char c) => c is ' ' or (>= '\t' and <= '\r');
}
