using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>Reads what intrinsics said about an answer, out of responses and out of the last updates of a stream.</summary>
public static class ChatResponseExtensions
{
    /// <summary>How sure the answer is, if the pipeline has <c>UseCertainty()</c>.</summary>
    /// <param name="response">The response.</param>
    /// <returns>The certainty; null if it was not asked for, or if there was no answer to judge.</returns>
    public static Certainty? GetCertainty(this ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return Read<Certainty>(response.AdditionalProperties, AloraChatKeys.Certainty);
    }

    /// <inheritdoc cref="GetCertainty(ChatResponse)"/>
    /// <param name="update">The update; that with the certainty comes last.</param>
    public static Certainty? GetCertainty(this ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return Read<Certainty>(update.AdditionalProperties, AloraChatKeys.Certainty);
    }

    /// <summary>What an intrinsic answered, if the pipeline has <c>UseIntrinsic(…)</c> or <c>UseGuard(…)</c> with it.</summary>
    /// <param name="response">The response.</param>
    /// <param name="name">Name of the intrinsic.</param>
    /// <typeparam name="T">What it answers; <see cref="IntrinsicAnswer"/> where only an adapter was named.</typeparam>
    /// <returns>The result; null if it was not asked for, or if there was no answer to judge.</returns>
    /// <exception cref="InvalidOperationException">The result has another type.</exception>
    public static T? GetIntrinsic<T>(this ChatResponse response, string name)
    {
        ArgumentNullException.ThrowIfNull(response);
        return Read<T>(response.AdditionalProperties, AloraChatKeys.IntrinsicPrefix + name);
    }

    /// <inheritdoc cref="GetIntrinsic{T}(ChatResponse, string)"/>
    /// <param name="update">The update; that with the result comes last.</param>
    /// <param name="name">Name of the intrinsic.</param>
    public static T? GetIntrinsic<T>(this ChatResponseUpdate update, string name)
    {
        ArgumentNullException.ThrowIfNull(update);
        return Read<T>(update.AdditionalProperties, AloraChatKeys.IntrinsicPrefix + name);
    }

    private static T? Read<T>(AdditionalPropertiesDictionary? properties, string key) =>
        properties is null || !properties.TryGetValue(key, out object? value) || value is null ? default : value switch
        {
            T result => result,

            // A response that comes out of a cache.
            JsonElement json => json.Deserialize((JsonTypeInfo<T>)AloraJsonUtilities.DefaultOptions.GetTypeInfo(typeof(T))),
            _ => throw new InvalidOperationException($"The result under '{key}' is a {value.GetType().Name}, not a {typeof(T).Name}."),
        };
}
