using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>Makes the calls of one answer into content. One thread.</summary>
internal sealed class CallContents
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>A call to carry out. Its id is the model's, unless it gave none or the same one before.</summary>
    public FunctionCallContent Of(ToolCallPart call) => new(
        IdOf(call.Id), call.Name, call.Arguments.EnumerateObject().ToDictionary(value => value.Name, value => (object?)value.Value));

    /// <summary>What can't be read: a call that says why, and that nobody carries out; an error where not even its name is known.</summary>
    public AIContent Of(UnreadableCallPart call)
    {
        string message = $"The model wrote a tool call that can't be read: {call.Raw}";
        return call.Name is null
            ? new ErrorContent(message) { ErrorCode = "unreadable_tool_call", Details = call.Error, RawRepresentation = call.Raw }
            : new FunctionCallContent(IdOf(null), call.Name)
            {
                Exception = new FormatException(message, new FormatException(call.Error)),
                InformationalOnly = true,
                RawRepresentation = call.Raw,
            };
    }

    private string IdOf(string? given)
    {
        string id = given ?? ToolCallId.Create();
        while (!_ids.Add(id))
        {
            id = ToolCallId.Create();
        }

        return id;
    }
}
