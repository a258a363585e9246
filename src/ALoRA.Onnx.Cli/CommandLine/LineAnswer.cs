using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>What a line of the input is answered with. Members that are null are left out.</summary>
internal sealed record LineAnswer
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Ids { get; init; }

    /// <summary>The text of each of the ids.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    /// <summary>What each id adds to the text; null where nothing can be shown yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string?>? Stream { get; init; }

    /// <summary>Why there is nothing else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }
}
