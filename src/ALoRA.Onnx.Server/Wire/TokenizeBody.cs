using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /tokenize</c>: a text, or messages.</summary>
internal sealed class TokenizeBody
{
    public string? Model { get; init; }

    public string? Prompt { get; init; }

    public MessageBody[]? Messages { get; init; }

    public bool? AddSpecialTokens { get; init; }

    public bool? AddGenerationPrompt { get; init; }

    public bool? ReturnTokenStrs { get; init; }

    public ToolBody[]? Tools { get; init; }

    public JsonObject? ChatTemplateKwargs { get; init; }

    public JsonArray? Documents { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; init; }
}
