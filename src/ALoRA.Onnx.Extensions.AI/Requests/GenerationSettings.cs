using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Makes the options of a request into those of a generation.</summary>
internal static class GenerationSettings
{
    /// <param name="client">Who asks.</param>
    /// <param name="options">The request's options.</param>
    /// <param name="additional">Its additional properties.</param>
    /// <param name="maxAnswerTokens">Most tokens of an answer if the request does not say; null for the library's own.</param>
    /// <exception cref="NotSupportedException">The factory gives something else than <see cref="GenerationOptions"/>.</exception>
    /// <exception cref="ArgumentException">A value is out of its range, or given twice.</exception>
    public static GenerationOptions Read(IChatClient client, ChatOptions options, AdditionalOptions additional, int? maxAnswerTokens)
    {
        GenerationOptions start = options.RawRepresentationFactory?.Invoke(client) switch
        {
            null when maxAnswerTokens is int most => new GenerationOptions { MaxNewTokens = most },
            null => new GenerationOptions(),
            GenerationOptions given => given,
            object other => throw new NotSupportedException(
                $"{nameof(ChatOptions)}.{nameof(ChatOptions.RawRepresentationFactory)} gave a {other.GetType().FullName}, which means "
                + $"nothing to this client. Give {typeof(GenerationOptions).FullName} or null."),
        };
        foreach (GenerationParameter parameter in GenerationParameters.All)
        {
            start = ValueOf(parameter, options, additional) is double value ? parameter.Set(start, value) : start;
        }

        return start with
        {
            MaxNewTokens = options.MaxOutputTokens ?? start.MaxNewTokens,
            Seed = options.Seed ?? start.Seed,
            StopStrings = options.StopSequences is { Count: > 0 } stops ? [.. start.StopStrings, .. stops] : start.StopStrings,
        };
    }

    private static double? ValueOf(GenerationParameter parameter, ChatOptions options, AdditionalOptions additional)
    {
        (string? property, float? common) = parameter.Name switch
        {
            "temperature" => (nameof(options.Temperature), options.Temperature),
            "top_p" => (nameof(options.TopP), options.TopP),
            "top_k" => (nameof(options.TopK), options.TopK),
            "presence_penalty" => (nameof(options.PresencePenalty), options.PresencePenalty),
            "frequency_penalty" => (nameof(options.FrequencyPenalty), options.FrequencyPenalty),
            _ => ((string?)null, (float?)null),
        };
        string key = AloraChatKeys.ParameterPrefix + parameter.Name;
        return !additional.Numbers.TryGetValue(key, out double own) ? common
            : common is null ? own
            : throw new ArgumentException(
                $"{nameof(ChatOptions)}.{property} and {nameof(ChatOptions.AdditionalProperties)}[\"{key}\"] are the same parameter. "
                + "Leave one of them out.");
    }
}
