using System.Text.Json;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Fields that all requests for an answer have, by OpenAI's and vLLM's names.</summary>
internal abstract class GenerationBody
{
    public string? Model { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public double? MinP { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public double? RepetitionPenalty { get; init; }

    public int? NoRepeatNgramSize { get; init; }

    public long? Seed { get; init; }

    /// <summary>A text or a list of texts.</summary>
    public JsonElement Stop { get; init; }

    public int[]? StopTokenIds { get; init; }

    public Dictionary<string, double>? LogitBias { get; init; }

    public bool? IgnoreEos { get; init; }

    public int? MaxTokens { get; init; }

    public int? N { get; init; }

    public bool? Stream { get; init; }

    public StreamOptionsBody? StreamOptions { get; init; }

    public JsonElement StructuredOutputs { get; init; }

    public JsonElement GuidedJson { get; init; }

    public string? PromptCacheKey { get; init; }

    public string? CacheSalt { get; init; }

    /// <summary>Named for whoever reads logs; says nothing to the model.</summary>
    public string? User { get; init; }

    /// <summary>The caller's own notes; nothing is stored.</summary>
    public JsonElement Metadata { get; init; }

    public bool? Store { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; init; }
}

/// <summary>What a stream holds beside the answer.</summary>
internal sealed class StreamOptionsBody
{
    public bool? IncludeUsage { get; init; }

    public bool? ContinuousUsageStats { get; init; }

    /// <summary>Random letters against listeners that measure chunks; none are sent.</summary>
    public bool? IncludeObfuscation { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; init; }
}
