using System.Text.Json;
using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Wire;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Who asks which model.</summary>
/// <param name="Opened">The model, as long as the request runs.</param>
/// <param name="Caller">Who sent the request.</param>
internal sealed record RequestScope(OpenedModel Opened, Caller Caller)
{
    // Where no keys are asked for, all callers are one tenant, who may find every token of its own and not only whole blocks.
    private const string Everyone = "everyone";

    /// <summary>Tokens of prompt and answer together at most.</summary>
    public int MaxTokens => Opened.Engine.MaxContextTokens;

    /// <summary>
    /// For whom rows are kept: the caller, and within that whom its request's salt tells apart. A list, so that no two are the same text.
    /// </summary>
    /// <remarks>
    /// Only <c>cache_salt</c> is meant to separate (as in vLLM). OpenAI's <c>prompt_cache_key</c> and <c>user</c> help a service to send
    /// requests that begin alike to one machine: they raise the hits, and must not keep requests of a caller from sharing rows.
    /// </remarks>
    public string CacheScopeOf(string? salt) => string.IsNullOrEmpty(salt)
        ? Caller.CacheScope ?? Everyone
        : JsonSerializer.Serialize([Caller.CacheScope ?? Everyone, salt], TextContext.Default.StringArray);

    /// <summary>Refuses a prompt that leaves no room for an answer.</summary>
    /// <exception cref="ApiError">400: it is too long, or empty.</exception>
    public void CheckLength(int promptTokens, string field)
    {
        if (promptTokens == 0)
        {
            throw ApiError.Invalid($"'{field}' has no token. Send a text.", field, "empty_prompt");
        }

        if (promptTokens >= MaxTokens)
        {
            throw ApiError.TooLong(promptTokens, MaxTokens);
        }
    }
}
