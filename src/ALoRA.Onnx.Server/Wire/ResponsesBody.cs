using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /v1/responses</c>, as far as it needs nothing that a server would have to remember.</summary>
internal sealed class ResponsesBody : GenerationBody
{
    /// <summary>A text, or a list of items.</summary>
    public JsonElement Input { get; init; }

    public string? Instructions { get; init; }

    public int? MaxOutputTokens { get; init; }

    public ResponseTextBody? Text { get; init; }

    public ResponseToolBody[]? Tools { get; init; }

    public JsonElement ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    public string? PreviousResponseId { get; init; }

    public JsonElement Conversation { get; init; }

    public bool? Background { get; init; }

    public string? Truncation { get; init; }

    public string[]? Include { get; init; }

    public int? TopLogprobs { get; init; }

    public JsonObject? ChatTemplateKwargs { get; init; }

    public JsonArray? Documents { get; init; }

    public JsonObject? Arguments { get; init; }

    public bool? Raw { get; init; }
}

/// <summary>What the answer's text must look like.</summary>
internal sealed class ResponseTextBody
{
    public ResponseFormatBody? Format { get; init; }
}

/// <summary>The form of a text; a schema stands in it without an object of its own.</summary>
internal sealed class ResponseFormatBody
{
    public string? Type { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public JsonElement Schema { get; init; }

    public bool? Strict { get; init; }
}

/// <summary>A tool; a function stands in it without an object of its own.</summary>
internal sealed class ResponseToolBody
{
    public string? Type { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public JsonElement Parameters { get; init; }

    public bool? Strict { get; init; }
}

/// <summary>One item of the input: a message, a call, or a call's result.</summary>
internal sealed class ResponseItemBody
{
    public string? Type { get; init; }

    public string? Role { get; init; }

    public JsonElement Content { get; init; }

    public string? CallId { get; init; }

    public string? Name { get; init; }

    public string? Arguments { get; init; }

    public JsonElement Output { get; init; }
}
