using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI;
using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Makes a chat request into what the engine is asked.</summary>
internal static class ChatPlanner
{
    /// <summary>Checks, renders and encodes a request. Takes a while for long ones.</summary>
    /// <exception cref="ApiError">The request can't be honoured.</exception>
    public static AnswerPlan Plan(RequestScope scope, ChatBody body, CancellationToken cancellationToken)
    {
        AloraModel model = scope.Opened.Model;
        AdapterAddress address = AdapterAddress.Read(scope.Opened, body.Model, body.ChatTemplateKwargs, body.Documents);
        GenerationOptions generation = GenerationReader.Read(
            body, MaxTokensOf(body), body.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens",
            model.Manifest.VocabularySize);
        int? top = TopLogprobsOf(body);
        generation = GenerationReader.WithLogprobs(generation, top, "top_logprobs");
        OutputForm form = OutputForm.Read(body, body.ResponseFormat);
        Intrinsic? intrinsic = address.Adapter is string adapter ? model.OpenIntrinsic(adapter) : null;
        ChatAsk ask = new(scope, body, address, generation, form, intrinsic);

        // Whoever sends the schema of an adapter's answer along has rewritten the request already, as mellea does.
        bool isRewritten = body.StructuredOutputs.ValueKind == JsonValueKind.Object
            || body.GuidedJson.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);
        AnswerPlan plan = intrinsic?.Definition is not null && !isRewritten
            ? IntrinsicPlanner.Plan(ask, cancellationToken)
            : Read(ask, cancellationToken);
        scope.CheckLength(plan.Request.Prompt.Ids.Length, "messages");
        return plan with
        {
            Choices = GenerationReader.ChoicesOf(body),
            TopLogprobs = top,
            Beginning = ConversationStart.Of(body.PromptCacheKey, body.Messages, address.Documents, body.Tools),
        };
    }

    /// <summary>Renders messages to ids, with an adapter's invocation where the server appends it.</summary>
    /// <exception cref="ApiError">The request can't be honoured.</exception>
    private static AnswerPlan Read(ChatAsk ask, CancellationToken cancellationToken)
    {
        AloraModel model = ask.Scope.Opened.Model;
        ChatRequestReader reader = ask.Scope.Opened.Chats;
        List<ChatMessage> messages = MessageReader.Read(ask.Body.Messages);
        List<AITool> tools = ToolReader.Read(ask.Body.Tools, reader.Format);
        ChatToolMode? mode = ToolReader.ModeOf(ask.Body.ToolChoice, tools);
        if (!ask.Form.IsFree && tools.Count > 0 && mode is not NoneChatToolMode)
        {
            throw ApiError.Invalid(
                "An answer that must have a form can't be a tool call as well. Ask for the form in a request of its own, or set "
                + "'tool_choice' to none.",
                "response_format", "not_supported");
        }

        AdapterAnswer adapted = AdapterAnswer.Of(model, ask.Intrinsic);
        GenerationOptions generation = ask.Generation with
        {
            Constraint = adapted.Constraint ?? (ask.Form.Choices is null ? null : ask.Form.Constraint(model)),
            MaxNewTokens = ask.Generation.MaxNewTokens ?? adapted.MaxNewTokens,
        };
        ChatOptions options = new()
        {
            RawRepresentationFactory = _ => adapted.IsGreedy ? GenerationParameters.WithDefaults(generation) : generation,
            Tools = tools.Count > 0 ? tools : null,
            ToolMode = mode,
            AllowMultipleToolCalls = ask.Body.ParallelToolCalls,
            ResponseFormat = adapted.Constraint is null ? ask.Form.Json : null,
            AdditionalProperties = Properties(ask.Address),
        };
        ChatRequest chat = reader.Read(client: null, messages, options, adapted.AddsGenerationPrompt, cancellationToken);
        int[] ids = [.. chat.Prompt.Ids.Span, .. adapted.Appended];
        return new AnswerPlan
        {
            Model = ask.ModelName,
            Chat = chat,
            Request = new EngineRequest
            {
                Prompt = adapted.Appended.Count > 0 ? EncodedPrompt.FromTrusted(ids) : chat.Prompt,
                Adapter = ask.Address.Adapter,
                ActivationPosition = adapted.StartBehind is int offset
                    ? Math.Clamp(chat.Prompt.Ids.Length + offset, 0, ids.Length)
                    : null,
                Generation = chat.Generation,
                CacheScope = ask.Scope.CacheScopeOf(ask.Body.CacheSalt),
                Tenant = ask.Scope.Caller.Tenant,
            },
        };
    }

    private static AdditionalPropertiesDictionary? Properties(AdapterAddress address)
    {
        AdditionalPropertiesDictionary properties = [];
        Add(AloraChatKeys.Documents, address.Documents);
        Add(AloraChatKeys.TemplateVariables, address.Variables);
        Add(AloraChatKeys.Adapter, address.Adapter);
        return properties.Count == 0 ? null : properties;

        void Add(string key, object? value)
        {
            if (value is not null)
            {
                properties.Add(key, value is JsonNode node ? node.DeepClone() : value);
            }
        }
    }

    private static int? MaxTokensOf(ChatBody body) =>
        body.MaxTokens is int old && body.MaxCompletionTokens is int current && old != current
            ? throw ApiError.Invalid(
                $"'max_tokens' is {old}, but 'max_completion_tokens' is {current}. Send one of them.", "max_tokens", "contradiction")
            : body.MaxCompletionTokens ?? body.MaxTokens;

    private static int? TopLogprobsOf(ChatBody body) => body.Logprobs == true ? body.TopLogprobs ?? 0
        : body.TopLogprobs is null or 0 ? null
        : throw ApiError.Invalid("'top_logprobs' needs 'logprobs' to be true.", "top_logprobs", "contradiction");
}

/// <summary>A chat request of which everything but its messages was read.</summary>
internal sealed record ChatAsk(
    RequestScope Scope, ChatBody Body, AdapterAddress Address, GenerationOptions Generation, OutputForm Form, Intrinsic? Intrinsic)
{
    /// <summary>The model's name in the answer.</summary>
    public string ModelName => Body.Model is { Length: > 0 } given ? given : Address.Adapter ?? Scope.Opened.Name;
}
