using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /v1/responses</c>, as far as it needs nothing that a server would have to remember.</summary>
internal sealed class ResponsesBody : GenerationBody
{
    /// <summary>A text, or a list of items.</summary>
    public JsonElement Input { get; set; }

    public string? Instructions { get; set; }

    public int? MaxOutputTokens { get; set; }

    public ResponseTextBody? Text { get; set; }

    public ResponseToolBody[]? Tools { get; set; }

    public JsonElement ToolChoice { get; set; }

    public bool? ParallelToolCalls { get; set; }

    public string? PreviousResponseId { get; set; }

    public JsonElement Conversation { get; set; }

    public bool? Background { get; set; }

    public string? Truncation { get; set; }

    public string[]? Include { get; set; }

    public int? TopLogprobs { get; set; }

    public JsonObject? ChatTemplateKwargs { get; set; }

    public JsonArray? Documents { get; set; }

    public JsonObject? Arguments { get; set; }

    public bool? Raw { get; set; }
}

/// <summary>What the answer's text must look like.</summary>
internal sealed class ResponseTextBody
{
    public ResponseFormatBody? Format { get; set; }
}

/// <summary>The form of a text; a schema stands in it without an object of its own.</summary>
internal sealed class ResponseFormatBody
{
    public string? Type { get; set; }

    public string? Name { get; set; }

    public string? Description { get; set; }

    public JsonElement Schema { get; set; }

    public bool? Strict { get; set; }
}

/// <summary>A tool; a function stands in it without an object of its own.</summary>
internal sealed class ResponseToolBody
{
    public string? Type { get; set; }

    public string? Name { get; set; }

    public string? Description { get; set; }

    public JsonElement Parameters { get; set; }

    public bool? Strict { get; set; }
}

/// <summary>One item of the input: a message, a call, or a call's result.</summary>
internal sealed class ResponseItemBody
{
    public string? Type { get; set; }

    public string? Role { get; set; }

    public JsonElement Content { get; set; }

    public string? CallId { get; set; }

    public string? Name { get; set; }

    public string? Arguments { get; set; }

    public JsonElement Output { get; set; }
}
