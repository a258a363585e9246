using System.Text.Json;
using System.Text.Json.Nodes;
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
    public async Task<IntrinsicAnswer> RunAsync(JsonObject request, JsonObject? arguments, CancellationToken cancellationToken)
    {
        JsonObject rewritten = intrinsic.Definition?.Rewrite(request, arguments) ?? new ChatRequest(request.DeepClone().AsObject()).Json;
        InvocationOptions options = new()
        {
            Placement = intrinsic.Placement,
            Generation = AnswerForm.Of(intrinsic, rewritten),
        };
        IntrinsicResult run = await conversation.InvokePromptAsync(intrinsic.Name, Encode(rewritten), options, cancellationToken)
            .ConfigureAwait(false);
        JsonObject response = ChatCompletion.Of(run);
        response = intrinsic.Definition?.Transform(response, rewritten) ?? response;
        string content = (string)response["choices"]![0]!["message"]!["content"]!;
        return new IntrinsicAnswer { Intrinsic = intrinsic.Name, Value = ValueOf(content), Response = response, Run = run };
    }

    private int[] Encode(JsonObject request)
    {
        // A plain LoRA has no invocation tokens, but may have been trained with a text in their place.
        string? appended = intrinsic.Adapter.Kind == AdapterKind.Lora ? intrinsic.Adapter.Manifest.Intrinsic?.InvocationText : null;
        int[] prompt = Model.PromptEncoder.Encode(PromptVariables.Of(request, intrinsic.AddsGenerationPrompt));
        return appended is null ? prompt : [.. prompt, .. Model.Tokenizer.Encode(appended)];
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
