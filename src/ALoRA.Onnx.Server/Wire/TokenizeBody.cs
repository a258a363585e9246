using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /tokenize</c>: a text, or messages.</summary>
internal sealed class TokenizeBody
{
    public string? Model { get; set; }

    public string? Prompt { get; set; }

    public MessageBody[]? Messages { get; set; }

    public bool? AddSpecialTokens { get; set; }

    public bool? AddGenerationPrompt { get; set; }

    public bool? ReturnTokenStrs { get; set; }

    public ToolBody[]? Tools { get; set; }

    public JsonObject? ChatTemplateKwargs { get; set; }

    public JsonArray? Documents { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}
