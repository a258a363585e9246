using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>
/// Mistral: <c>[TOOL_CALLS][{"name": …, "arguments": {…}, "id": …}, …]</c>, and since
/// version 11 of its tokenizer <c>[TOOL_CALLS]name[CALL_ID]id[ARGS]{…}</c>.
/// </summary>
internal sealed class MistralToolCallParser : ToolCallParser
{
    public const string CallId = "[CALL_ID]";
    public const string Arguments = "[ARGS]";

    protected override IReadOnlyList<string> Openings { get; } = [ToolCallFormats.MistralMark];

    protected override int? Read(string opening, string body, bool isEnd, List<FunctionCallContent> calls)
    {
        int start = JsonText.SkipWhiteSpace(body, 0);
        bool isList = start < body.Length && body[start] == '[';
        int json = isList ? start : body.IndexOf('{', start);
        int end = json < 0 ? -1 : JsonText.FindEnd(body, json);
        if (end < 0 && !isEnd)
        {
            return null;
        }

        string? header = isList || json < 0 ? null : body[start..json];
        calls.AddRange(end < 0
            ? ToolCallReader.Read(body)
            : header is null
            ? ToolCallReader.Read(body[json..end])
            : [ReadNamed(header, body[json..end])]);
        return end < 0 ? body.Length : end;
    }

    private static FunctionCallContent ReadNamed(string header, string arguments)
    {
        string[] parts = header.Replace(Arguments, "", StringComparison.Ordinal).Split(CallId);
        return ToolCallReader.Read(parts[0].Trim(), arguments, parts.Length > 1 ? parts[1].Trim() : null);
    }
}
