using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>
/// Granite 3: <c>&lt;|tool_call|&gt;[{"name": …, "arguments": {…}}, …]</c>; some checkpoints write the tag of Granite 4 before the list.
/// </summary>
internal sealed class GraniteToolCallParser : ToolCallParser
{
    protected override IReadOnlyList<string> Openings { get; } = [ToolCallFormats.GraniteMark, ToolCallFormats.HermesMark];

    protected override int? Read(string opening, string body, bool isEnd, List<FunctionCallContent> calls)
    {
        int start = JsonText.SkipWhiteSpace(body, 0);
        int end = JsonText.FindEnd(body, start);
        if (end < 0 && !isEnd && (start == body.Length || body[start] is '[' or '{'))
        {
            return null;
        }

        // The tag may be there once more: <|tool_call|><tool_call>[…]</tool_call>.
        if (opening == ToolCallFormats.HermesMark || body.AsSpan(start).StartsWith(ToolCallFormats.HermesMark))
        {
            string tagged = body[start..].StartsWith(ToolCallFormats.HermesMark, StringComparison.Ordinal)
                ? body[(start + ToolCallFormats.HermesMark.Length)..]
                : body;
            return HermesToolCallParser.ReadTagged(tagged, isEnd, calls) is int used ? used + body.Length - tagged.Length : null;
        }

        if (!isEnd && ToolCallFormats.HermesMark.StartsWith(body[start..], StringComparison.Ordinal))
        {
            return null;
        }

        calls.AddRange(ToolCallReader.Read(end < 0 ? body : body[..end]));
        return end < 0 ? body.Length : end;
    }
}
