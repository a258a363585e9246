using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx.Serving.Intrinsics;

/// <summary>An intrinsic as a request of an engine: what to submit, and what to make of the answer. Immutable, thread-safe.</summary>
internal sealed class EngineIntrinsic
{
    private readonly PreparedIntrinsic _prepared;

    private EngineIntrinsic(PreparedIntrinsic prepared, EngineRequest request)
    {
        _prepared = prepared;
        Request = request;
    }

    /// <summary>What to submit; its generation may be changed.</summary>
    public EngineRequest Request { get; }

    /// <summary>Rewrites, renders and encodes a request.</summary>
    /// <exception cref="IntrinsicFormatException">The request does not fit the definition.</exception>
    /// <exception cref="MissingInvocationException">The invocation should be in the prompt but is not.</exception>
    public static EngineIntrinsic Prepare(AloraModel model, IntrinsicCall call, CancellationToken cancellationToken)
    {
        PreparedIntrinsic prepared = PreparedIntrinsic.Prepare(
            model.Loaded, call.Intrinsic, call.ChatRequest, call.Arguments, call.SpecialTokens, model.MaxLength, cancellationToken);
        Adapter adapter = call.Intrinsic.Adapter;
        bool isAppended = adapter.Kind == AdapterKind.Alora && call.Intrinsic.Placement == InvocationPlacement.Appended;
        int[] ids = [.. prepared.Prompt, .. isAppended ? adapter.InvocationTokens : []];
        return new EngineIntrinsic(prepared, new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted(ids),
            Adapter = call.Intrinsic.Name,
            ActivationPosition = StartOf(model, adapter, prepared, ids, isAppended),

            // What generation_config.json says is for chats; an intrinsic is greedy unless its definition or request has other numbers.
            Generation = GenerationParameters.WithDefaults(prepared.Options.Generation),
            CacheScope = call.CacheScope,
            Tenant = call.Tenant,
        });
    }

    /// <summary>Makes the generated text into the intrinsic's answer.</summary>
    /// <param name="result">The generation.</param>
    /// <param name="prompt">Tokens of the prompt that were found and that were computed.</param>
    /// <exception cref="IntrinsicFormatException">The answer does not fit the definition's rules.</exception>
    public IntrinsicAnswer Complete(GenerationResult result, TokenUsage prompt) => _prepared.Complete(new IntrinsicResult
    {
        Adapter = _prepared.Intrinsic.Name,
        Text = result.Text,
        Tokens = result.Tokens,
        Logprobs = result.Logprobs,
        FinishReason = result.FinishReason,
        ActivationPosition = Request.ActivationPosition ?? 0,
        Choices = [],
        Usage = result.Usage with { ReusedTokens = prompt.ReusedTokens, ComputedTokens = prompt.ComputedTokens },
    });

    private static int? StartOf(AloraModel model, Adapter adapter, PreparedIntrinsic prepared, int[] ids, bool isAppended) =>
        adapter.Kind == AdapterKind.Lora ? null
        : isAppended ? Math.Clamp(prepared.Prompt.Length + adapter.Manifest.ActivationOffset, 0, ids.Length)
        : prepared.Options.ActivationPosition
            ?? ActivationRule.FindStart(ids, [.. adapter.InvocationTokens], adapter.Manifest.ActivationOffset)
            ?? throw new MissingInvocationException(adapter, model.Loaded.TextOf(adapter.InvocationTokens));
}
