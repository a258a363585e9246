using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>
/// Llama 3: an answer that is <c>{"name": …, "parameters": {…}}</c> with the name of a tool, several with
/// semicolons between them; behind <c>&lt;|python_tag|&gt;</c> also <c>name.call(key="value")</c>.
/// </summary>
internal sealed partial class LlamaToolCallParser(IReadOnlySet<string> toolNames) : ToolCallParser
{
    protected override IReadOnlyList<string> Openings { get; } = [ToolCallFormats.LlamaMark];

    protected override int FindOpening(string text, out string opening, out int body)
    {
        int start = SkipSeparators(text);
        if (!HasText && start < text.Length && text[start] == '{')
        {
            (opening, body) = ("", start);
            return HasCalls ? 0 : start;
        }

        return base.FindOpening(text, out opening, out body);
    }

    protected override int HeldLength(string text) => !HasText && SkipSeparators(text) == text.Length ? text.Length : base.HeldLength(text);

    protected override int? Read(string opening, string body, bool isEnd, List<FunctionCallContent> calls)
    {
        int start = JsonText.SkipWhiteSpace(body, 0);
        if (start < body.Length && body[start] == '{')
        {
            int end = JsonText.FindEnd(body, start);
            return end < 0 && !isEnd ? null : ReadObject(opening, body, end < 0 ? body.Length : end, calls);
        }

        if (!isEnd)
        {
            return null;
        }

        Match call = BuiltinCall().Match(body);
        if (!call.Success)
        {
            return 0;
        }

        JsonObject arguments = [];
        foreach (Match argument in BuiltinArgument().Matches(call.Groups["arguments"].Value))
        {
            arguments[argument.Groups["name"].Value] = argument.Groups["value"].Value;
        }

        calls.Add(ToolCallReader.Read(call.Groups["name"].Value, arguments.ToJsonString(), id: null));
        return body.Length;
    }

    // JSON without the mark is an ordinary answer unless it names a tool.
    private int ReadObject(string opening, string body, int end, List<FunctionCallContent> calls)
    {
        IReadOnlyList<FunctionCallContent> read = ToolCallReader.Read(body[..end]);
        if (opening.Length == 0 && !read.All(call => toolNames.Contains(call.Name)))
        {
            return 0;
        }

        calls.AddRange(read);
        return end;
    }

    private int SkipSeparators(string text)
    {
        int index = JsonText.SkipWhiteSpace(text, 0);
        return HasCalls && index < text.Length && text[index] == ';' ? JsonText.SkipWhiteSpace(text, index + 1) : index;
    }

    [GeneratedRegex("""^\s*(?<name>\w+)\.call\((?<arguments>.*)\)\s*$""", RegexOptions.Singleline)]
    private static partial Regex BuiltinCall();

    [GeneratedRegex("(?<name>\\w+)\\s*=\\s*\"(?<value>[^\"]*)\"")]
    private static partial Regex BuiltinArgument();
}
