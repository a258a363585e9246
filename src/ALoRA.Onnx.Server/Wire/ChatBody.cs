using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /v1/chat/completions</c>.</summary>
internal sealed class ChatBody : GenerationBody
{
    public MessageBody[]? Messages { get; set; }

    public int? MaxCompletionTokens { get; set; }

    public bool? Logprobs { get; set; }

    public int? TopLogprobs { get; set; }

    public FormatBody? ResponseFormat { get; set; }

    public ToolBody[]? Tools { get; set; }

    /// <summary>A word, or an object that names a function.</summary>
    public JsonElement ToolChoice { get; set; }

    public bool? ParallelToolCalls { get; set; }

    public JsonObject? ChatTemplateKwargs { get; set; }

    public JsonArray? Documents { get; set; }

    /// <summary>Values for the places of an intrinsic's instruction.</summary>
    public JsonObject? Arguments { get; set; }

    /// <summary>Whether an intrinsic's answer is given as the adapter wrote it.</summary>
    public bool? Raw { get; set; }
}

/// <summary>A message.</summary>
internal sealed class MessageBody
{
    public string? Role { get; set; }

    /// <summary>A text, a list of parts, or null.</summary>
    public JsonElement Content { get; set; }

    public string? Name { get; set; }

    public ToolCallBody[]? ToolCalls { get; set; }

    public string? ToolCallId { get; set; }

    public string? ReasoningContent { get; set; }

    public string? Reasoning { get; set; }

    public string? Refusal { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>A call that the assistant made.</summary>
internal sealed class ToolCallBody
{
    public string? Id { get; set; }

    public string? Type { get; set; }

    public CalledFunctionBody? Function { get; set; }
}

/// <summary>Name and arguments of a call; the arguments are JSON in a text.</summary>
internal sealed class CalledFunctionBody
{
    public string? Name { get; set; }

    public string? Arguments { get; set; }
}

/// <summary>A tool that may be called.</summary>
internal sealed class ToolBody
{
    public string? Type { get; set; }

    public FunctionBody? Function { get; set; }
}

/// <summary>A function: name, what it is for, and its parameters as a JSON schema.</summary>
internal sealed class FunctionBody
{
    public string? Name { get; set; }

    public string? Description { get; set; }

    public JsonElement Parameters { get; set; }

    public bool? Strict { get; set; }
}

/// <summary>What the answer must look like.</summary>
internal sealed class FormatBody
{
    public string? Type { get; set; }

    public SchemaBody? JsonSchema { get; set; }
}

/// <summary>A JSON schema with a name.</summary>
internal sealed class SchemaBody
{
    public string? Name { get; set; }

    public string? Description { get; set; }

    public JsonElement Schema { get; set; }

    public bool? Strict { get; set; }
}
