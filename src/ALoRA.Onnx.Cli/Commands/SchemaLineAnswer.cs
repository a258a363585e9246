using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>What <c>alora schema check --batch</c> says about a line. Members that are null are left out.</summary>
internal sealed record SchemaLineAnswer
{
    /// <summary>Whether each instance is accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<bool>? Accepted { get; init; }

    /// <summary>How long the schema took to compile, in milliseconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CompileMs { get; init; }

    /// <summary>Why the schema, or the line, is refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Refused { get; init; }
}
