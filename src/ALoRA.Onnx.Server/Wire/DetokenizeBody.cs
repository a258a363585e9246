using System.Text.Json;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /detokenize</c>.</summary>
internal sealed class DetokenizeBody
{
    public string? Model { get; set; }

    public int[]? Tokens { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}
