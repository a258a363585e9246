using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Serving;

/// <summary>One intrinsic that an engine is asked for; see <see cref="EngineIntrinsics"/>.</summary>
public sealed record IntrinsicCall
{
    /// <summary>The intrinsic, of the engine's model.</summary>
    public required Intrinsic Intrinsic { get; init; }

    /// <summary>
    /// The chat request in OpenAI's form, with documents in <c>extra_body.documents</c>; not modified.
    /// See <see cref="IntrinsicRequest.ToJson"/>.
    /// </summary>
    public required JsonObject ChatRequest { get; init; }

    /// <summary>Values for the places of the definition's instruction; not modified. The default, null, is none.</summary>
    public JsonObject? Arguments { get; init; }

    /// <summary>
    /// What becomes of special tokens that request and arguments spell out. The default is <see cref="SpecialTokenHandling.AsText"/>.
    /// </summary>
    public SpecialTokenHandling SpecialTokens { get; init; }

    /// <inheritdoc cref="EngineRequest.CacheScope"/>
    public string? CacheScope { get; init; }

    /// <inheritdoc cref="EngineRequest.Tenant"/>
    public string? Tenant { get; init; }
}
