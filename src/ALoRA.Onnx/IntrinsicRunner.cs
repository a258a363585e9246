using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Intrinsics.Rewriting;
using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx;

/// <summary>
/// The walk of an intrinsic: request rewritten, rendered, encoded, adapter invoked on what the conversation has of it, answer transformed.
/// </summary>
internal sealed class IntrinsicRunner(Conversation conversation, Intrinsic intrinsic)
{
    private AloraModel Model => conversation.Model;

    /// <summary>Runs the intrinsic on a chat request.</summary>
    public async Task<IntrinsicAnswer> RunAsync(
        JsonObject request, JsonObject? arguments, SpecialTokenHandling specialTokens, CancellationToken cancellationToken)
    {
        // Long requests take a while before anything is computed.
        (JsonObject rewritten, int[] prompt, InvocationOptions options) = await Task.Run(
            () => Prepare(request, arguments, specialTokens, cancellationToken), cancellationToken).ConfigureAwait(false);
        IntrinsicResult run = await conversation.InvokePromptAsync(intrinsic.Name, prompt, options, cancellationToken)
            .ConfigureAwait(false);
        JsonObject response = ChatCompletion.Of(run);
        response = intrinsic.Definition?.Transform(response, rewritten) ?? response;
        string content = (string)response["choices"]![0]!["message"]!["content"]!;
        return new IntrinsicAnswer { Intrinsic = intrinsic.Name, Value = ValueOf(content), Response = response, Run = run };
    }

    private (JsonObject Rewritten, int[] Prompt, InvocationOptions Options) Prepare(
        JsonObject request, JsonObject? arguments, SpecialTokenHandling specialTokens, CancellationToken cancellationToken)
    {
        JsonObject rewritten = Rewrite(request, arguments);
        InvocationOptions options = new()
        {
            Placement = intrinsic.Placement,
            Generation = AnswerForm.Of(intrinsic, rewritten),
        };
        PromptEncodingOptions encoding = new()
        {
            SpecialTokens = specialTokens,
            Invocation = intrinsic.Adapter.InvocationTokens,
            MaxTokens = conversation.MaxLength,
        };
        JsonObject values = RequestValues.Of(request);
        EncodedPrompt prompt = Model.PromptEncoder.EncodePrompt(
            [values, arguments],
            used => PromptVariables.Of(
                ReferenceEquals(used[0], values) ? rewritten : Rewrite(RequestValues.With(request, used[0]!), used[1] as JsonObject),
                intrinsic.AddsGenerationPrompt),
            encoding,
            cancellationToken);

        // A plain LoRA has no invocation tokens, but may have been trained with a text in their place.
        string? appended = intrinsic.Adapter.Kind == AdapterKind.Lora ? intrinsic.Adapter.Manifest.Intrinsic?.InvocationText : null;
        int[] ids = [.. prompt.Ids.Span, .. appended is null ? [] : Model.Tokenizer.Encode(appended)];
        return (rewritten, ids, WithStart(prompt, options));
    }

    private JsonObject Rewrite(JsonObject request, JsonObject? arguments) =>
        intrinsic.Definition?.Rewrite(request, arguments) ?? new ChatRequest(request.DeepClone().AsObject()).Json;

    // Where values spell the invocation, the ids alone do not tell where the instruction or the template has it.
    private InvocationOptions WithStart(EncodedPrompt prompt, InvocationOptions options)
    {
        if (intrinsic.Placement != InvocationPlacement.InPrompt || intrinsic.Adapter.Kind != AdapterKind.Alora)
        {
            return options;
        }

        PromptOptions found = TrustedInvocation.Apply(Model.Loaded, prompt, new PromptOptions { Adapter = intrinsic.Name });
        return options with { ActivationPosition = found.ActivationPosition };
    }

    // A definition's result is JSON; so is the answer of an adapter with a schema.
    private JsonNode? ValueOf(string content)
    {
        if (intrinsic.Definition is null && intrinsic.Adapter.Manifest.Intrinsic?.JsonSchema is null)
        {
            return JsonValue.Create(content);
        }

        try
        {
            return JsonNode.Parse(content, documentOptions: new JsonDocumentOptions { MaxDepth = PythonJson.MaxDepth });
        }
        catch (JsonException exception)
        {
            throw new IntrinsicFormatException(
                $"The adapter '{intrinsic.Name}' should answer with JSON, but answered {PythonJson.PrintValue(content)}.", exception);
        }
    }
}
