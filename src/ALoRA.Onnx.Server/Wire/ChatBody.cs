using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /v1/chat/completions</c>.</summary>
internal sealed class ChatBody : GenerationBody
{
    public MessageBody[]? Messages { get; init; }

    public int? MaxCompletionTokens { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    public FormatBody? ResponseFormat { get; init; }

    public ToolBody[]? Tools { get; init; }

    /// <summary>A word, or an object that names a function.</summary>
    public JsonElement ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    public JsonObject? ChatTemplateKwargs { get; init; }

    public JsonArray? Documents { get; init; }

    /// <summary>Values for the places of an intrinsic's instruction.</summary>
    public JsonObject? Arguments { get; init; }

    /// <summary>Whether an intrinsic's answer is given as the adapter wrote it.</summary>
    public bool? Raw { get; init; }
}

/// <summary>A message.</summary>
internal sealed class MessageBody
{
    public string? Role { get; init; }

    /// <summary>A text, a list of parts, or null.</summary>
    public JsonElement Content { get; init; }

    public string? Name { get; init; }

    public ToolCallBody[]? ToolCalls { get; init; }

    public string? ToolCallId { get; init; }

    public string? ReasoningContent { get; init; }

    public string? Reasoning { get; init; }

    public string? Refusal { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; init; }
}

/// <summary>A call that the assistant made.</summary>
internal sealed class ToolCallBody
{
    public string? Id { get; init; }

    public string? Type { get; init; }

    public CalledFunctionBody? Function { get; init; }
}

/// <summary>Name and arguments of a call; the arguments are JSON in a text.</summary>
internal sealed class CalledFunctionBody
{
    public string? Name { get; init; }

    public string? Arguments { get; init; }
}

/// <summary>A tool that may be called.</summary>
internal sealed class ToolBody
{
    public string? Type { get; init; }

    public FunctionBody? Function { get; init; }
}

/// <summary>A function: name, what it is for, and its parameters as a JSON schema.</summary>
internal sealed class FunctionBody
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public JsonElement Parameters { get; init; }

    public bool? Strict { get; init; }
}

/// <summary>What the answer must look like.</summary>
internal sealed class FormatBody
{
    public string? Type { get; init; }

    public SchemaBody? JsonSchema { get; init; }
}

/// <summary>A JSON schema with a name.</summary>
internal sealed class SchemaBody
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public JsonElement Schema { get; init; }

    public bool? Strict { get; init; }
}
