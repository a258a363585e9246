using System.Security.Cryptography;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Serving.Requests;

/// <summary>What a request needs so that another machine, which has the same model, answers it as this one would.</summary>
internal static class PortableRequest
{
    /// <summary>Whether all of it can be written down: own processors and samplers are code.</summary>
    public static bool IsPortable(EngineRequest request) =>
        request.Generation is not { } generation || (generation.LogitsProcessors.Count == 0 && generation.Sampler is null);

    /// <summary>
    /// The request with what only this machine knows said in numbers: the place of the invocation, and the seed where none was asked for,
    /// so that the answer can be continued elsewhere.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    /// <exception cref="MissingInvocationException">Only values spell the invocation.</exception>
    public static EngineRequest Pin(AloraModel model, EngineRequest request)
    {
        PromptOptions options = TrustedInvocation.Apply(
            model.Loaded, request.Prompt,
            new PromptOptions { Adapter = request.Adapter, ActivationPosition = request.ActivationPosition });
        GenerationOptions generation = request.Generation ?? new GenerationOptions();
        return request with
        {
            ActivationPosition = options.ActivationPosition,
            Generation = generation.Seed is null
                ? generation with { Seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) }
                : generation,
        };
    }

    /// <summary>Hash of what an adapter computes; null for the base. Loads the adapter where it is not yet.</summary>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    public static string? HashOf(AloraModel model, string? adapter) =>
        adapter is null ? null : model.Loaded.Adapters.Get(adapter).ContentHash;

    /// <summary>Whether an adapter computes a prompt from its first token on, so that its rows are nobody else's.</summary>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    public static bool OwnsWholePrompt(AloraModel model, string? adapter) =>
        adapter is not null && model.Loaded.Adapters.Get(adapter).Kind == AdapterKind.Lora;

    /// <summary>A constraint as text; null for none.</summary>
    public static string? TextOf(TokenConstraint? constraint) => constraint?.Key;

    /// <summary>The constraint of such a text.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static TokenConstraint? ConstraintOf(string? text) => text is null ? null : TokenConstraint.FromKey(text);
}
