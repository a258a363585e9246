using static ALoRA.Onnx.ToolCalls.AnswerBuffer;

namespace ALoRA.Onnx.ToolCalls;

/// <summary>What stands before the arguments of a call whose name is outside of them.</summary>
/// <param name="Match">Whether there is a header.</param>
/// <param name="Name">The function's name; may be empty.</param>
/// <param name="Id">The call's id, if it has one.</param>
/// <param name="Value">Where the arguments begin.</param>
internal readonly record struct CallHeader(Match Match, string Name, string? Id, int Value)
{
    // Longer than any name; so little is looked at again with each piece.
    private const int MaxLength = 256;

    /// <summary>None.</summary>
    public static CallHeader None { get; } = new(Match.No, "", null, 0);

    private static CallHeader Partial { get; } = None with { Match = Match.Partial };

    /// <summary><c>name[CALL_ID]id[ARGS]{</c>, of which id and <c>[ARGS]</c> may be missing.</summary>
    public static CallHeader OfMistral(AnswerBuffer text, int at, bool needsMark)
    {
        int end = NameEnd(text, at);
        if (end - at > MaxLength)
        {
            return None;
        }

        (string name, string? id, int next, bool hasMark) = (text.Span(at, end).ToString(), null, end, false);
        Match match = text.At(next, ToolCallMarks.MistralId);
        if (match == Match.Full)
        {
            int start = next + ToolCallMarks.MistralId.Length;
            next = NameEnd(text, start);
            if (next - start > MaxLength)
            {
                return None;
            }

            (id, hasMark) = (text.Span(start, next).ToString(), true);
        }
        else if (match == Match.Partial)
        {
            return Partial;
        }

        match = text.At(next, ToolCallMarks.MistralArguments);
        if (match == Match.Full)
        {
            int start = next + ToolCallMarks.MistralArguments.Length;
            next = text.SkipWhiteSpace(start);
            hasMark = true;
            match = next - start > MaxLength ? Match.No : next == text.Count ? Match.Partial : Match.Full;
            if (match == Match.No)
            {
                return None;
            }
        }

        bool isCall = hasMark || (!needsMark && name.Length > 0);
        return match == Match.Partial ? Partial
            : isCall && text[next] == '{' ? new CallHeader(Match.Full, name, id, next)
            : None;
    }

    /// <summary><c>name.call(</c>.</summary>
    public static CallHeader OfLlama(AnswerBuffer text, int at)
    {
        const string Call = ".call";
        int end = NameEnd(text, at);
        if (end - at > MaxLength)
        {
            return None;
        }

        ReadOnlySpan<char> name = text.Span(at, end);
        return end == text.Count ? Partial
            : text[end] == '(' && name.EndsWith(Call) && name.Length > Call.Length
                ? new CallHeader(Match.Full, name[..^Call.Length].ToString(), null, end)
            : None;
    }

    private static int NameEnd(AnswerBuffer text, int from)
    {
        int limit = Math.Min(text.Count, from + MaxLength + 1);
        int end = from;
        while (end < limit && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '-' or '.' or ':' or '/'))
        {
            end++;
        }

        return end;
    }
}
