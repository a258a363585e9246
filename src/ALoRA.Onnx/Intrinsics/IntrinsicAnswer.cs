using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>The result of an intrinsic: the adapter's answer, transformed by the rules of the definition.</summary>
public sealed record IntrinsicAnswer
{
    /// <summary>Name of the intrinsic.</summary>
    public required string Intrinsic { get; init; }

    /// <summary>
    /// The result as the definition shapes it; text if the adapter has no definition or answers with text. Must not be modified.
    /// </summary>
    public required JsonNode? Value { get; init; }

    /// <summary>The response as a chat completion in OpenAI's form, with the result as content.</summary>
    public required JsonObject Response { get; init; }

    /// <summary>The invocation itself: the adapter's own text and tokens, and how many tokens were reused and computed.</summary>
    public required IntrinsicResult Run { get; init; }
}
