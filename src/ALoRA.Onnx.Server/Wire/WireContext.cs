using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>How bodies are read, without reflection. A name that comes twice is an error: nobody knows which one counts.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, MaxDepth = 128)]
[JsonSerializable(typeof(ChatBody))]
[JsonSerializable(typeof(CompletionBody))]
[JsonSerializable(typeof(ResponsesBody))]
[JsonSerializable(typeof(ResponseItemBody[]))]
[JsonSerializable(typeof(IntrinsicsBody))]
[JsonSerializable(typeof(TokenizeBody))]
[JsonSerializable(typeof(DetokenizeBody))]
internal sealed partial class WireContext : JsonSerializerContext;
