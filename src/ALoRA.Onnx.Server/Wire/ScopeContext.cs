using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>How lists of texts are written, without reflection.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class ScopeContext : JsonSerializerContext;
