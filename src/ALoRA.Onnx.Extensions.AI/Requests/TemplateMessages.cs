using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI.Tools;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>
/// Makes messages into what chat templates read, as Transformers passes it: role,
/// content, tool calls, and one message for each tool result.
/// </summary>
internal sealed class TemplateMessages(ToolCallFormat format, bool templateWritesCalls, ReasoningTemplate reasoning)
{
    private readonly Dictionary<string, string> _callNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    private readonly List<TrustedStretch> _trusted = [];
    private bool _isShifted;

    /// <summary>Where contents have marks that stand there for the template.</summary>
    public IReadOnlyList<TrustedStretch> Trusted =>
        _isShifted ? _trusted.ConvertAll(stretch => stretch with { Message = stretch.Message + 1 }) : _trusted;

    /// <summary>The variable <c>messages</c>.</summary>
    /// <param name="messages">All messages, oldest first.</param>
    /// <param name="instructions">Instructions of the request: the start of the system message.</param>
    /// <exception cref="NotSupportedException">A message holds content that this model can't read.</exception>
    /// <exception cref="ArgumentException">A tool result answers no call.</exception>
    public JsonArray Write(IReadOnlyList<ChatMessage> messages, string? instructions)
    {
        JsonArray list = [];
        _answered.UnionWith(
            messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId));
        foreach (ChatMessage message in messages.Where(message => !PassedOver.IsAllOf(message)))
        {
            Add(list, message);
        }

        if (!string.IsNullOrWhiteSpace(instructions))
        {
            bool hasSystem = list.Count > 0 && list[0]!["role"]!.GetValue<string>() == ChatRole.System.Value;
            string content = SystemInstructions.Join(instructions, hasSystem ? list[0]!["content"]!.GetValue<string>() : null);
            if (hasSystem)
            {
                list[0]!["content"] = content;
            }
            else
            {
                _isShifted = true;
                list.Insert(0, new JsonObject { ["role"] = ChatRole.System.Value, ["content"] = content });
            }
        }

        return list;
    }

    private void Add(JsonArray list, ChatMessage message)
    {
        StringBuilder text = new();
        StringBuilder thoughts = new();
        List<FunctionCallContent> calls = [];
        List<FunctionResultContent> results = [];
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case TextContent part:
                    text.Append(part.Text);
                    break;
                case not null when PassedOver.Is(content):
                    break;
                case TextReasoningContent thought when message.Role == ChatRole.Assistant:
                    thoughts.Append(thought.Text);
                    break;
                // A call that could not be read has no result, and templates insist on pairs.
                // Those that were carried out are informational as well.
                case FunctionCallContent { InformationalOnly: true } done when !_answered.Contains(done.CallId):
                    break;
                case FunctionCallContent call:
                    calls.Add(call);
                    break;
                case FunctionResultContent result:
                    results.Add(result);
                    break;
                default:
                    throw new NotSupportedException(
                        $"A message of the role '{message.Role.Value}' holds a {content?.GetType().Name ?? "null"}. This "
                        + "model reads text, tool calls "
                        + "and tool results only; take the content out, or put it into words.");
            }
        }

        foreach (FunctionResultContent result in results)
        {
            list.Add((JsonNode)Result(result));
        }

        if (results.Count == 0 || text.Length > 0 || calls.Count > 0)
        {
            JsonObject turn = Message(message, text, calls, list.Count);
            if (thoughts.Length > 0)
            {
                reasoning.Add(turn, thoughts.ToString());
            }

            list.Add((JsonNode)turn);
        }
    }

    private JsonObject Message(ChatMessage message, StringBuilder text, List<FunctionCallContent> calls, int index)
    {
        JsonObject json = new() { ["role"] = message.Role.Value };
        if (message.AuthorName is { Length: > 0 } author)
        {
            json["name"] = author;
        }

        JsonArray list = [.. calls.Select(call => (JsonNode)Call(call))];
        if (list.Count > 0 && !templateWritesCalls)
        {
            if (format != ToolCallFormat.Granite)
            {
                throw new NotSupportedException(
                    "A message holds tool calls, but the model's chat template does not know any. Take calls and results out, or use a "
                    + "model that was trained with tools.");
            }

            // Granite 3 leaves calls to whoever writes the content; without them the model would not see what it asked for.
            JsonArray functions = [.. list.Select(call => call!["function"]!.DeepClone())];
            _trusted.Add(new TrustedStretch(index, text.Length, ToolCallMarks.Granite.Length));
            text.Append(ToolCallMarks.Granite).Append(PythonJson.Print(functions, ensureAscii: false));
        }

        json["content"] = text.ToString();
        if (list.Count > 0 && templateWritesCalls)
        {
            json["tool_calls"] = list;
        }

        return json;
    }

    private JsonObject Call(FunctionCallContent call)
    {
        _callNames[call.CallId] = call.Name;
        JsonObject arguments = [];
        foreach ((string name, object? value) in call.Arguments ?? new Dictionary<string, object?>())
        {
            arguments[name] = JsonValues.Of(value);
        }

        return new JsonObject
        {
            ["id"] = IdOf(call.CallId),
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = arguments },
        };
    }

    private JsonObject Result(FunctionResultContent result)
    {
        JsonObject json = new() { ["role"] = ChatRole.Tool.Value, ["tool_call_id"] = IdOf(result.CallId) };
        if (_callNames.TryGetValue(result.CallId, out string? name))
        {
            json["name"] = name;
        }

        json["content"] = ToolResultText.Of(result);
        return json;
    }

    private string IdOf(string id) => format == ToolCallFormat.Mistral ? ToolCallId.Fit(id) : id;
}
