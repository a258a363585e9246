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
    /// <param name="text">The text.</param>
    /// <param name="specialsAsText">Whether special tokens are rejected.</param>
    /// <param name="barriers">Ascending places that no match reaches over; one character between two of them is no match either.</param>
    /// <param name="matches">Gets the stretches.</param>
    public void Find(ReadOnlySpan<char> text, bool specialsAsText, ReadOnlySpan<int> barriers, List<AddedTokenMatch> matches)
    {
        int pending = 0;
        int position = 0;
        int barrier = 0;
        while (position < text.Length)
        {
            while (barrier < barriers.Length && barriers[barrier] <= position)
            {
                barrier++;
            }

            int limit = barrier < barriers.Length ? Math.Min(barriers[barrier], text.Length) : text.Length;
            if (!_automaton.TryFind(text[..limit], position, out int id, out int start, out int end))
            {
                position = limit;
                continue;
            }

            position = end;
            AddedToken token = vocabulary.TokenOf(id)!;
            if ((specialsAsText && vocabulary.IsSpecial(token.Content))
                || (token.SingleWord && TouchesWord(text, start, end))
                || IsEnclosed(text, start, end, barriers))
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

    private static bool IsEnclosed(ReadOnlySpan<char> text, int start, int end, ReadOnlySpan<int> barriers) =>
        !barriers.IsEmpty
        && end - start == CodePoints.Units(CodePoints.At(text, start))
        && barriers.BinarySearch(start) >= 0
        && barriers.BinarySearch(end) >= 0;

    private static bool TouchesWord(ReadOnlySpan<char> text, int start, int end) =>
        (start > 0 && Word.Value.Contains(CodePoints.Before(text, start)))
        || (end < text.Length && Word.Value.Contains(CodePoints.At(text, end)));
}
