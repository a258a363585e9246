using System.Text.Json;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Fields that all requests for an answer have, by OpenAI's and vLLM's names.</summary>
internal abstract class GenerationBody
{
    public string? Model { get; set; }

    public double? Temperature { get; set; }

    public double? TopP { get; set; }

    public int? TopK { get; set; }

    public double? MinP { get; set; }

    public double? PresencePenalty { get; set; }

    public double? FrequencyPenalty { get; set; }

    public double? RepetitionPenalty { get; set; }

    public int? NoRepeatNgramSize { get; set; }

    public long? Seed { get; set; }

    /// <summary>A text or a list of texts.</summary>
    public JsonElement Stop { get; set; }

    public int[]? StopTokenIds { get; set; }

    public Dictionary<string, double>? LogitBias { get; set; }

    public bool? IgnoreEos { get; set; }

    public int? MaxTokens { get; set; }

    public int? N { get; set; }

    public bool? Stream { get; set; }

    public StreamOptionsBody? StreamOptions { get; set; }

    public JsonElement StructuredOutputs { get; set; }

    public JsonElement GuidedJson { get; set; }

    public string? PromptCacheKey { get; set; }

    public string? CacheSalt { get; set; }

    /// <summary>Named for whoever reads logs; says nothing to the model.</summary>
    public string? User { get; set; }

    /// <summary>The caller's own notes; nothing is stored.</summary>
    public JsonElement Metadata { get; set; }

    public bool? Store { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>What a stream holds beside the answer.</summary>
internal sealed class StreamOptionsBody
{
    public bool? IncludeUsage { get; set; }

    public bool? ContinuousUsageStats { get; set; }

    /// <summary>Random letters against listeners that measure chunks; none are sent.</summary>
    public bool? IncludeObfuscation { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}
