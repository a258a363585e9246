using System.Text.Json;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Writes the members of an enumeration by their names, such as <c>stop_token</c>.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;
