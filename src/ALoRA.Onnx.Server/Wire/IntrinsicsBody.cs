using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /v1/intrinsics</c>: one conversation, and what is asked about it.</summary>
internal sealed class IntrinsicsBody
{
    public string? Model { get; set; }

    public MessageBody[]? Messages { get; set; }

    public JsonArray? Documents { get; set; }

    public ToolBody[]? Tools { get; set; }

    public JsonObject? ChatTemplateKwargs { get; set; }

    public IntrinsicBody[]? Intrinsics { get; set; }

    public string? PromptCacheKey { get; set; }

    public string? CacheSalt { get; set; }

    public string? User { get; set; }

    public JsonElement Metadata { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>One intrinsic: its name, and beside it the values for the places of its instruction.</summary>
internal sealed class IntrinsicBody
{
    public string? Name { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Arguments { get; set; }
}
