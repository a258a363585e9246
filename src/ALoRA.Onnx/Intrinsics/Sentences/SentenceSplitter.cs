namespace ALoRA.Onnx.Intrinsics.Sentences;

/// <summary>
/// Splits text into sentences as NLTK's <c>PunktSentenceTokenizer</c> does without trained parameters (Kiss and Strunk,
/// 2006): that is how the adapters' training data was marked, so its odd results are kept as well.
/// </summary>
internal static class SentenceSplitter
{
    /// <summary>The sentences of a text without the white space between them.</summary>
    public static IReadOnlyList<string> Split(string text) => [.. Spans(text).Select(span => text[span.Start..span.End])];

    /// <summary>Where the sentences begin and end, in UTF-16 code units.</summary>
    public static List<(int Start, int End)> Spans(string text)
    {
        List<(int Start, int End)> slices = [];
        int start = 0;
        foreach (SentenceCandidate candidate in Candidates(text))
        {
            if (BreakRules.ContainsBreak(text[candidate.WordStart..candidate.ContextEnd]))
            {
                slices.Add((start, candidate.Mark + 1));
                start = candidate.Next;
            }
        }

        int end = text.Length;
        while (end > 0 && PunktCharacters.IsSpace(text[end - 1]))
        {
            end--;
        }

        slices.Add((start, end));
        return MoveClosingMarks(text, slices);
    }

    // Of candidates whose words overlap, the last one counts.
    private static IEnumerable<SentenceCandidate> Candidates(string text)
    {
        SentenceCandidate? previous = null;
        for (int mark = 0; mark < text.Length; mark++)
        {
            if (!PunktCharacters.IsEnd(text[mark]) || !IsFollowed(text, mark, out int next, out int end))
            {
                continue;
            }

            SentenceCandidate candidate = new(WordStart(text, mark, previous), mark, next, end);
            if (previous is { } before && before.Mark <= candidate.WordStart)
            {
                yield return before;
            }

            previous = candidate;
        }

        if (previous is { } last)
        {
            yield return last;
        }
    }

    // By a punctuation mark, or by white space and a word.
    private static bool IsFollowed(string text, int mark, out int next, out int end)
    {
        next = mark + 1;
        end = next + 1;
        if (next < text.Length && PunktCharacters.IsPunctuation(text[next]))
        {
            return true;
        }

        while (next < text.Length && PunktCharacters.IsSpace(text[next]))
        {
            next++;
        }

        if (next == mark + 1 || next == text.Length)
        {
            return false;
        }

        end = next;
        while (end < text.Length && !PunktCharacters.IsSpace(text[end]))
        {
            end++;
        }

        return true;
    }

    // Looks back to the mark before. White space that stands right at that mark does not count: the word then is the one before it.
    private static int WordStart(string text, int mark, SentenceCandidate? previous)
    {
        int searched = previous?.Mark ?? 0;
        for (int i = mark - 1; i > searched; i--)
        {
            if (PunktCharacters.IsAsciiSpace(text[i]))
            {
                return i + 1;
            }
        }

        return previous?.WordStart ?? 0;
    }

    private static List<(int Start, int End)> MoveClosingMarks(string text, List<(int Start, int End)> slices)
    {
        List<(int Start, int End)> sentences = [];
        int moved = 0;
        for (int i = 0; i < slices.Count; i++)
        {
            (int start, int end) = (slices[i].Start + moved, slices[i].End);
            moved = 0;
            if (i + 1 < slices.Count && ClosingMarks(text, slices[i + 1], out int marks, out int spaces))
            {
                sentences.Add((start, slices[i + 1].Start + marks));
                moved = marks + spaces;
            }
            else if (start < end)
            {
                sentences.Add((start, end));
            }
        }

        return sentences;
    }

    // Marks up to white space, a dash of two or the end of a line, and the white space behind them.
    private static bool ClosingMarks(string text, (int Start, int End) slice, out int marks, out int spaces)
    {
        (marks, spaces) = (0, 0);
        int end = Math.Max(slice.Start, slice.End);
        int i = slice.Start;
        while (i < end && PunktCharacters.IsClosing(text[i]))
        {
            i++;
        }

        marks = i - slice.Start;
        while (i + spaces < end && PunktCharacters.IsSpace(text[i + spaces]))
        {
            spaces++;
        }

        return marks > 0 && (spaces > 0 || i == end || (i + 1 < end && text[i] == '-' && text[i + 1] == '-'));
    }
}

/// <summary>A mark that may end a sentence.</summary>
/// <param name="WordStart">Where the word before it begins.</param>
/// <param name="Mark">Position of the mark.</param>
/// <param name="Next">Where the next sentence would begin: behind the mark, or at the next word.</param>
/// <param name="ContextEnd">End of what follows the mark: one mark, or white space and a word.</param>
internal readonly record struct SentenceCandidate(int WordStart, int Mark, int Next, int ContextEnd);
