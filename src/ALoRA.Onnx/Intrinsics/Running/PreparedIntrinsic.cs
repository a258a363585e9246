using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>
/// An intrinsic that was asked for, with everything that can be done before and after the adapter runs: the request rewritten, rendered and
/// encoded, and the adapter's answer transformed. Who runs the adapter in between is nothing to it. Immutable, thread-safe.
/// </summary>
/// <param name="Intrinsic">The intrinsic.</param>
/// <param name="Rewritten">The request as the definition wants it.</param>
/// <param name="Prompt">The prompt's ids, without an aLoRA's invocation where that is appended.</param>
/// <param name="Options">Placement, the adapter's start where the ids alone do not tell it, and the generation.</param>
internal sealed record PreparedIntrinsic(Intrinsic Intrinsic, JsonObject Rewritten, int[] Prompt, InvocationOptions Options)
{
    /// <summary>Prepares an intrinsic.</summary>
    /// <param name="model">The model.</param>
    /// <param name="intrinsic">One of its intrinsics.</param>
    /// <param name="request">A chat request in OpenAI's form; not modified.</param>
    /// <param name="arguments">Values of the instruction's places; null is none.</param>
    /// <param name="specialTokens">What becomes of special tokens that request and arguments spell out.</param>
    /// <param name="maxLength">Most tokens of the prompt.</param>
    /// <param name="cancellationToken">Cancels while the prompt is encoded.</param>
    /// <exception cref="IntrinsicFormatException">The request does not fit the definition.</exception>
    /// <exception cref="MissingInvocationException">The invocation should be in the prompt but is not.</exception>
    public static PreparedIntrinsic Prepare(
        LoadedModel model, Intrinsic intrinsic, JsonObject request, JsonObject? arguments, SpecialTokenHandling specialTokens,
        int maxLength,
        CancellationToken cancellationToken)
    {
        PromptForm form = intrinsic.Form;
        JsonObject rewritten = form.Rewrite(request, arguments);
        InvocationOptions options = new()
        {
            Placement = intrinsic.Placement,
            Generation = AnswerForm.Of(intrinsic, rewritten),
        };
        EncodedPrompt prompt = form.Encode(
            model.PromptEncoder, request, arguments, rewritten, specialTokens, maxLength, cancellationToken);
        int[] ids = [.. prompt.Ids.Span, .. form.AppendedText is { } appended ? model.Tokenizer.Encode(appended) : []];
        return new PreparedIntrinsic(intrinsic, rewritten, ids, WithStart(model, intrinsic, prompt, options));
    }

    /// <summary>Makes the adapter's answer into the intrinsic's.</summary>
    /// <exception cref="IntrinsicFormatException">The answer does not fit the definition's rules.</exception>
    public IntrinsicAnswer Complete(IntrinsicResult run)
    {
        JsonObject response = ChatCompletion.Of(run);
        response = Intrinsic.Definition?.Transform(response, Rewritten) ?? response;
        string content = (string)response["choices"]![0]!["message"]!["content"]!;
        return new IntrinsicAnswer { Intrinsic = Intrinsic.Name, Value = ValueOf(content), Response = response, Run = run };
    }

    // Where values spell the invocation, the ids alone do not tell where the instruction or the template has it.
    private static InvocationOptions WithStart(LoadedModel model, Intrinsic intrinsic, EncodedPrompt prompt, InvocationOptions options)
    {
        if (intrinsic.Placement != InvocationPlacement.InPrompt || intrinsic.Adapter.Kind != AdapterKind.Alora)
        {
            return options;
        }

        PromptOptions found = TrustedInvocation.Apply(model, prompt, new PromptOptions { Adapter = intrinsic.Name });
        return options with { ActivationPosition = found.ActivationPosition };
    }

    // A definition's result is JSON; so is the answer of an adapter with a schema.
    private JsonNode? ValueOf(string content)
    {
        if (Intrinsic.Definition is null && Intrinsic.Adapter.Manifest.Intrinsic?.JsonSchema is null)
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
                $"The adapter '{Intrinsic.Name}' should answer with JSON, but answered {PythonJson.PrintValue(content)}.", exception);
        }
    }
}
