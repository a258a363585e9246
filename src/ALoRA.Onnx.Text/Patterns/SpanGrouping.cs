namespace ALoRA.Onnx.Patterns;

/// <summary>Applies a <see cref="SplitBehavior"/> to the spans of a pattern.</summary>
internal static class SpanGrouping
{
    /// <summary>
    /// Rewrites <paramref name="spans"/> to the pieces that the behaviour leaves. Whether a piece is a match has no meaning afterwards.
    /// </summary>
    public static void Apply(List<TextSpan> spans, SplitBehavior behavior)
    {
        switch (behavior)
        {
            case SplitBehavior.Removed:
                spans.RemoveAll(span => span.IsMatch);
                break;
            case SplitBehavior.MergedWithPrevious:
                Fold(spans, (isMatch, previousWasMatch) => isMatch && !previousWasMatch);
                break;
            case SplitBehavior.Contiguous:
                Fold(spans, (isMatch, previousWasMatch) => isMatch == previousWasMatch);
                break;
            case SplitBehavior.MergedWithNext:
                spans.Reverse();
                Fold(spans, (isMatch, previousWasMatch) => isMatch && !previousWasMatch);
                spans.Reverse();
                break;
        }
    }

    // Joins a span with the one handled before it where the rule says so; works in both directions.
    private static void Fold(List<TextSpan> spans, Func<bool, bool, bool> joins)
    {
        int count = 0;
        bool previousWasMatch = false;
        foreach (TextSpan span in spans.ToArray())
        {
            if (count > 0 && joins(span.IsMatch, previousWasMatch))
            {
                TextSpan last = spans[count - 1];
                spans[count - 1] = new TextSpan(Math.Min(last.Start, span.Start), Math.Max(last.End, span.End), last.IsMatch);
            }
            else
            {
                spans[count++] = span;
            }

            previousWasMatch = span.IsMatch;
        }

        spans.RemoveRange(count, spans.Count - count);
    }
}
