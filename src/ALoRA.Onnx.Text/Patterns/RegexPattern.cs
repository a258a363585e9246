using System.Runtime.CompilerServices;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>A regular expression in Oniguruma's Ruby syntax.</summary>
/// <param name="program">The compiled expression.</param>
/// <param name="rememberAlways">Remembers exhausted states from the first step on, not only where a text turns out to be expensive.</param>
internal sealed class RegexPattern(PatternProgram program, bool rememberAlways = false) : TextPattern
{
    private PatternMatcher? _idle;

    /// <exception cref="PatternSyntaxException">The pattern is malformed or uses something that is not supported.</exception>
    public static RegexPattern Compile(string pattern) => new(PatternCompiler.Compile(pattern));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void FindSpans(ReadOnlySpan<char> text, List<TextSpan> spans)
    {
        if (text.IsEmpty)
        {
            spans.Add(new TextSpan(0, 0, IsMatch: false));
            return;
        }

        PatternMatcher matcher = Interlocked.Exchange(ref _idle, null) ?? new PatternMatcher(program, rememberAlways);
        matcher.Start(text.Length);
        int previousEnd = 0;
        int from = 0;
        int lastMatchEnd = -1;
        while (from <= text.Length && TryFind(matcher, text, from, out int start, out int end))
        {
            // An empty match right behind the last match does not count.
            if (start == end && end == lastMatchEnd)
            {
                from += from < text.Length ? CodePoints.Units(CodePoints.At(text, from)) : 1;
                continue;
            }

            if (previousEnd != start)
            {
                spans.Add(new TextSpan(previousEnd, start, IsMatch: false));
            }

            spans.Add(new TextSpan(start, end, IsMatch: true));
            previousEnd = end;
            lastMatchEnd = end;
            from = end;
        }

        if (previousEnd != text.Length)
        {
            spans.Add(new TextSpan(previousEnd, text.Length, IsMatch: false));
        }

        _idle = matcher.IsSmall ? matcher : null;
    }

    private bool TryFind(PatternMatcher matcher, ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        for (start = from; start <= text.Length; start++)
        {
            int codePoint = start < text.Length ? CodePoints.At(text, start) : -1;
            if (program.First is null || (codePoint >= 0 && program.First.Contains(codePoint)))
            {
                end = matcher.Match(text, start);
                if (end >= 0)
                {
                    return true;
                }
            }

            if (codePoint >= 0x10000)
            {
                start++;
            }
        }

        end = -1;
        return false;
    }
}
