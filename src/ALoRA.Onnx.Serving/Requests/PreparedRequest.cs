using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Serving.Requests;

/// <summary>What of a request is checked, found and compiled on its caller's thread.</summary>
/// <param name="Activation">The adapter, kept loaded by a lease, and its first row.</param>
/// <param name="Settings">How ids are chosen.</param>
/// <param name="Constraint">The settings' constraint; null for none.</param>
internal sealed record PreparedRequest(PendingActivation Activation, SamplingSettings Settings, CompiledConstraint? Constraint)
    : IDisposable
{
    /// <summary>Checks a request; the exceptions are those of <see cref="AloraEngine.Submit"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="request">The request.</param>
    /// <param name="maxLength">Most tokens, prompt and answer together.</param>
    public static PreparedRequest Prepare(LoadedModel model, EngineRequest request, int maxLength)
    {
        ReadOnlySpan<int> ids = request.Prompt.Ids.Span;
        SequenceChecks.CheckPrompt(ids, model.Manifest.VocabularySize, maxLength);
        if (ids.Length + request.Answered.Length >= maxLength)
        {
            throw new ArgumentException(
                $"The prompt of {ids.Length + request.Answered.Length} tokens leaves no room for an answer in the context "
                + $"of {maxLength}. Shorten it.",
                nameof(request));
        }

        if (request.Answered.Length > 0)
        {
            SequenceChecks.CheckPrompt(request.Answered.Span, model.Manifest.VocabularySize, maxLength);
        }

        SequenceChecks.CheckScope(request.CacheScope);
        SamplingSettings settings = SamplingSettings.Resolve(request.Generation ?? new GenerationOptions(), model.GenerationDefaults);
        CompiledConstraint? constraint = model.Compile(settings);
        PendingActivation activation = Activate(model, request);
        try
        {
            activation.CheckStart(ids.Length);
            return new PreparedRequest(activation, settings, constraint);
        }
        catch
        {
            activation.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Activation.Dispose();

    private static PendingActivation Activate(LoadedModel model, EngineRequest request)
    {
        PromptOptions options = TrustedInvocation.Apply(
            model, request.Prompt, new PromptOptions { Adapter = request.Adapter, ActivationPosition = request.ActivationPosition });
        return options.Adapter is null
            ? PendingActivation.None()
            : PendingActivation.Find(
                model.Adapters.Acquire(options.Adapter),
                request.Prompt.Ids.Span,
                options.ActivationPosition,
                offset: null,
                allowMissing: false,
                model.TextOf);
    }
}
