using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Makes the options of a request into those of a generation.</summary>
internal static class GenerationSettings
{
    /// <exception cref="NotSupportedException">The factory gives something else than <see cref="GenerationOptions"/>.</exception>
    public static GenerationOptions Read(IChatClient client, ChatOptions options, AdditionalOptions additional, TokenConstraint? constraint)
    {
        GenerationOptions start = options.RawRepresentationFactory?.Invoke(client) switch
        {
            null => new GenerationOptions(),
            GenerationOptions given => given,
            object other => throw new NotSupportedException(
                $"{nameof(ChatOptions)}.{nameof(ChatOptions.RawRepresentationFactory)} gave a {other.GetType().FullName}, which means nothing to this client. Give {typeof(GenerationOptions).FullName} or null."),
        };
        return start with
        {
            MaxNewTokens = options.MaxOutputTokens ?? start.MaxNewTokens,
            Temperature = options.Temperature ?? start.Temperature,
            TopP = options.TopP ?? start.TopP,
            TopK = options.TopK ?? start.TopK,
            Seed = options.Seed ?? start.Seed,
            MinP = additional.MinP ?? start.MinP,
            RepetitionPenalty = additional.RepetitionPenalty ?? start.RepetitionPenalty,
            Constraint = constraint ?? start.Constraint,
            StopStrings = options.StopSequences is { Count: > 0 } stops ? [.. start.StopStrings, .. stops] : start.StopStrings,
        };
    }
}
