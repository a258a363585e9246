using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>How texts and lists of them are written, without reflection.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class TextContext : JsonSerializerContext;
