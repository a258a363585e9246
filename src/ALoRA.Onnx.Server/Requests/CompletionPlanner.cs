using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Makes a request to continue texts into what the engine is asked: one plan a prompt.</summary>
internal static class CompletionPlanner
{
    private const string Prompt = "prompt";
    private const int MaxPrompts = 128;

    // OpenAI's and vLLM's.
    private const int DefaultMaxTokens = 16;

    /// <summary>Checks and encodes a request.</summary>
    /// <exception cref="ApiError">The request can't be honoured.</exception>
    public static IReadOnlyList<AnswerPlan> Plan(RequestScope scope, CompletionBody body, CancellationToken cancellationToken)
    {
        AloraModel model = scope.Opened.Model;
        string? adapter = scope.Opened.Adapters.Resolve(body.Model);
        if (!string.IsNullOrEmpty(body.Suffix))
        {
            throw ApiError.Invalid(
                "'suffix' is not supported: the model continues texts, it does not fill gaps.", "suffix", "not_supported");
        }

        int choices = GenerationReader.ChoicesOf(body);
        if (body.BestOf is int best && best != choices)
        {
            throw ApiError.Invalid("'best_of' is not supported beyond 'n'. Leave it out.", "best_of", "not_supported");
        }

        if (body.Echo == true && body.Logprobs is not null)
        {
            throw ApiError.Invalid(
                "'logprobs' with 'echo' would be those of the prompt, which are not computed. Leave one of them out.", "logprobs",
                "not_supported");
        }

        GenerationOptions generation = GenerationReader.WithLogprobs(
            GenerationReader.Read(body, body.MaxTokens ?? DefaultMaxTokens, "max_tokens", model.Manifest.VocabularySize), body.Logprobs,
            "logprobs") with
        {
            Constraint = OutputForm.Read(body, body.ResponseFormat).Constraint(model),
        };
        List<AnswerPlan> plans = [];
        foreach (int[] ids in PromptsOf(model, body, cancellationToken))
        {
            scope.CheckLength(ids.Length, Prompt);
            plans.Add(new AnswerPlan
            {
                Model = body.Model is { Length: > 0 } given ? given : scope.Opened.Name,
                Choices = choices,
                TopLogprobs = body.Logprobs,
                Beginning = ConversationStart.Of(body.PromptCacheKey),
                Echo = body.Echo == true ? model.Tokenizer.Decode(ids, skipSpecialTokens: true) : "",
                Request = new EngineRequest
                {
                    Prompt = EncodedPrompt.FromTrusted(ids),
                    Adapter = adapter,
                    Generation = generation,
                    CacheScope = scope.CacheScopeOf(body.CacheSalt),
                    Tenant = scope.Caller.Tenant,
                },
            });
        }

        return plans;
    }

    private static List<int[]> PromptsOf(AloraModel model, CompletionBody body, CancellationToken cancellationToken)
    {
        JsonElement prompt = body.Prompt;
        if (prompt.ValueKind == JsonValueKind.String)
        {
            return [Encode(prompt.GetString()!)];
        }

        if (prompt.ValueKind != JsonValueKind.Array || prompt.GetArrayLength() == 0)
        {
            throw prompt.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
                ? ApiError.Invalid("'prompt' is missing.", Prompt, "missing_field")
                : Wrong();
        }

        if (prompt[0].ValueKind == JsonValueKind.Number)
        {
            return [IdsOf(prompt, model.Manifest.VocabularySize)];
        }

        if (prompt.GetArrayLength() > MaxPrompts)
        {
            throw ApiError.Invalid($"'prompt' may be {MaxPrompts} prompts at most.", Prompt, "out_of_range");
        }

        List<int[]> prompts = [];
        foreach (JsonElement one in prompt.EnumerateArray())
        {
            cancellationToken.ThrowIfCancellationRequested();
            prompts.Add(one.ValueKind switch
            {
                JsonValueKind.String => Encode(one.GetString()!),
                JsonValueKind.Array => IdsOf(one, model.Manifest.VocabularySize),
                _ => throw Wrong(),
            });
        }

        return prompts;

        int[] Encode(string text) =>
            model.Tokenizer.Encode(text, body.AddSpecialTokens != false, specialTokensAsText: body.SpecialTokensAsText == true);
    }

    private static int[] IdsOf(JsonElement list, int vocabulary)
    {
        int[] ids = new int[list.GetArrayLength()];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = list[i].ValueKind == JsonValueKind.Number && list[i].TryGetInt32(out int id) ? id : throw Wrong();
            if ((uint)ids[i] >= (uint)vocabulary)
            {
                throw ApiError.Invalid(
                    $"'prompt' has the id {ids[i]}, but the vocabulary's ids are from 0 to {vocabulary - 1}.", Prompt, "out_of_range");
            }
        }

        return ids;
    }

    private static ApiError Wrong() =>
        ApiError.Invalid("'prompt' should be a text, a list of texts, a list of ids, or a list of lists of ids.", Prompt, "invalid_type");
}
