using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>Granite 4, Qwen, Hermes: <c>&lt;tool_call&gt;{"name": …, "arguments": {…}}&lt;/tool_call&gt;</c>.</summary>
internal sealed class HermesToolCallParser : ToolCallParser
{
    /// <summary>What a call ends with.</summary>
    public const string End = "</tool_call>";

    protected override IReadOnlyList<string> Openings { get; } = [ToolCallFormats.HermesMark];

    protected override int? Read(string opening, string body, bool isEnd, List<FunctionCallContent> calls) =>
        ReadTagged(body, isEnd, calls);

    /// <summary>Reads JSON and the end mark behind it, which may be missing at the end of the answer.</summary>
    public static int? ReadTagged(string body, bool isEnd, List<FunctionCallContent> calls)
    {
        int start = JsonText.SkipWhiteSpace(body, 0);
        int json = JsonText.FindEnd(body, start);
        int search = json < 0 ? 0 : json;
        int end = body.IndexOf(End, search, StringComparison.Ordinal);
        if (end < 0 && !isEnd)
        {
            return null;
        }

        calls.AddRange(ToolCallReader.Read(end < 0 ? body : body[..end]));
        return end < 0 ? body.Length : end + End.Length;
    }
}
