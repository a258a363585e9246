using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Rewriting;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>
/// What makes a request the prompt of an adapter, whether that is loaded or still to be trained: both read the same ids. Immutable,
/// thread-safe.
/// </summary>
/// <param name="Kind">Plain or activated LoRA.</param>
/// <param name="Definition">Its <c>io.yaml</c>; null if it has none.</param>
/// <param name="Placement">Where an activated LoRA's invocation stands.</param>
/// <param name="InvocationTokens">An activated LoRA's invocation.</param>
/// <param name="InvocationText">The invocation's text where there is no definition; null if it was not given.</param>
internal sealed record PromptForm(
    AdapterKind Kind, IntrinsicDefinition? Definition, InvocationPlacement Placement, IReadOnlyList<int> InvocationTokens,
    string? InvocationText)
{
    // A plain LoRA without any word about its prompt was trained as a chat model is.
    public bool AddsGenerationPrompt => Placement == InvocationPlacement.InPrompt
        || (Kind == AdapterKind.Lora && (Definition is not null || InvocationText is null));

    /// <summary>
    /// Text that follows the prompt; null for none. A plain LoRA has no invocation tokens, but may have been trained with a text in
    /// their place.
    /// </summary>
    public string? AppendedText => Kind == AdapterKind.Lora ? InvocationText : null;

    /// <summary>The request as the definition wants it.</summary>
    /// <exception cref="IntrinsicFormatException">The request does not fit the definition, or is malformed.</exception>
    public JsonObject Rewrite(JsonObject request, JsonObject? arguments) =>
        Definition?.Rewrite(request, arguments) ?? new ChatRequest(request.DeepClone().AsObject()).Json;

    /// <summary>The prompt's ids, without what is appended to it.</summary>
    /// <param name="encoder">The model's.</param>
    /// <param name="request">A chat request in OpenAI's form; not modified.</param>
    /// <param name="arguments">Values of the instruction's places; null is none.</param>
    /// <param name="rewritten">What <see cref="Rewrite"/> made of them.</param>
    /// <param name="specialTokens">What becomes of special tokens that request and arguments spell out.</param>
    /// <param name="maxLength">Most tokens of the prompt; null for any number.</param>
    /// <param name="cancellationToken">Cancels while the prompt is encoded.</param>
    public EncodedPrompt Encode(
        PromptEncoder encoder, JsonObject request, JsonObject? arguments, JsonObject rewritten, SpecialTokenHandling specialTokens,
        int? maxLength, CancellationToken cancellationToken)
    {
        PromptEncodingOptions encoding = new()
        {
            SpecialTokens = specialTokens,
            Invocation = InvocationTokens,
            MaxTokens = maxLength,
        };
        JsonObject values = RequestValues.Of(request);
        return encoder.EncodePrompt(
            [values, arguments],
            used => PromptVariables.Of(
                ReferenceEquals(used[0], values) ? rewritten : Rewrite(RequestValues.With(request, used[0]!), used[1] as JsonObject),
                AddsGenerationPrompt),
            encoding,
            cancellationToken);
    }
}
