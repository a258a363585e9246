using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>What an intrinsic found: the adapter's answer behind the definition's rules.</summary>
public sealed record IntrinsicAnswer
{
    /// <summary>Name of the intrinsic.</summary>
    public required string Intrinsic { get; init; }

    /// <summary>
    /// The result as the definition shapes it; a text where the adapter has no definition or answers with a text. Not to be changed.
    /// </summary>
    public required JsonNode? Value { get; init; }

    /// <summary>The whole response as a chat completion with the result as content.</summary>
    public required JsonObject Response { get; init; }

    /// <summary>The run itself: the adapter's own text, tokens, and figures of what was reused and computed.</summary>
    public required IntrinsicResult Run { get; init; }
}
