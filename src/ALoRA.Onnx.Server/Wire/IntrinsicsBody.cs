using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /v1/intrinsics</c>: one conversation, and what is asked about it.</summary>
internal sealed class IntrinsicsBody
{
    public string? Model { get; init; }

    public MessageBody[]? Messages { get; init; }

    public JsonArray? Documents { get; init; }

    public ToolBody[]? Tools { get; init; }

    public JsonObject? ChatTemplateKwargs { get; init; }

    public IntrinsicBody[]? Intrinsics { get; init; }

    public string? PromptCacheKey { get; init; }

    public string? CacheSalt { get; init; }

    public string? User { get; init; }

    public JsonElement Metadata { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; init; }
}

/// <summary>One intrinsic: its name, and beside it the values for the places of its instruction.</summary>
internal sealed class IntrinsicBody
{
    public string? Name { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Arguments { get; init; }
}
