using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>Cuts a text at added tokens, leftmost first, the longest of several, and applies their flags.</summary>
internal sealed class AddedTokenFinder(AddedVocabulary vocabulary, IEnumerable<(string Text, int Id)> tokens)
{
    private static readonly Lazy<CodePointBitmap> Word = new(() => new CodePointBitmap(
        CodePointSet.Union(UnicodeProperties.Word, CodePointSet.Range(0x200C, 0x200D))));

    private readonly TokenAutomaton _automaton = new(tokens);

    /// <summary>
    /// Appends stretches that cover the text. A match that a flag rejects still hides what overlaps it, as in the reference.
    /// </summary>
    public void Find(ReadOnlySpan<char> text, bool specialsAsText, List<AddedTokenMatch> matches)
    {
        int pending = 0;
        int position = 0;
        while (_automaton.TryFind(text, position, out int id, out int start, out int end))
        {
            position = end;
            AddedToken token = vocabulary.TokenOf(id)!;
            if ((specialsAsText && vocabulary.IsSpecial(token.Content)) || (token.SingleWord && TouchesWord(text, start, end)))
            {
                continue;
            }

            if (token.LeftStrip)
            {
                while (start > pending && CharacterClass.IsWhiteSpace(text[start - 1]))
                {
                    start--;
                }

                start = Math.Max(start, pending);
            }

            while (token.RightStrip && end < text.Length && CharacterClass.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (pending < start)
            {
                matches.Add(new AddedTokenMatch(-1, pending, start));
            }

            matches.Add(new AddedTokenMatch(id, start, end));
            pending = end;
        }

        if (pending != text.Length)
        {
            matches.Add(new AddedTokenMatch(-1, pending, text.Length));
        }
    }

    private static bool TouchesWord(ReadOnlySpan<char> text, int start, int end) =>
        (start > 0 && Word.Value.Contains(CodePoints.Before(text, start)))
        || (end < text.Length && Word.Value.Contains(CodePoints.At(text, end)));
}
