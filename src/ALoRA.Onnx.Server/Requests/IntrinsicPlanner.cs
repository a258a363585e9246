using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;
using ALoRA.Onnx.Serving;
using ALoRA.Onnx.Serving.Intrinsics;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Makes a request for an adapter with a definition into what the engine is asked.</summary>
internal static class IntrinsicPlanner
{
    /// <summary>Rewrites, renders and encodes a chat request as the adapter's definition says.</summary>
    /// <exception cref="ApiError">The request can't be honoured.</exception>
    /// <exception cref="IntrinsicFormatException">It does not fit the definition.</exception>
    public static AnswerPlan Plan(ChatAsk ask, CancellationToken cancellationToken)
    {
        ChatBody body = ask.Body;
        JsonObject request = RequestOf(
            body.Messages, ask.Address, body.Tools is { Length: > 0 } ? ToolReader.Read(body.Tools, ToolCallFormat.Hermes) : []);
        AddParameters(request, ask.Generation);
        if (ask.Form.Json is ChatResponseFormatJson { Schema: JsonElement schema })
        {
            request["response_format"] = new JsonObject
            {
                ["type"] = "json_schema",
                ["json_schema"] = new JsonObject { ["schema"] = JsonObject.Create(schema) ?? (JsonNode)JsonValue.Create(true) },
            };
        }
        else if (ask.Form.Json is ChatResponseFormatJson)
        {
            request["response_format"] = new JsonObject { ["type"] = "json_object" };
        }

        IntrinsicCall call = new()
        {
            Intrinsic = ask.Intrinsic!,
            ChatRequest = request,
            Arguments = body.Arguments,
            CacheScope = ask.Scope.CacheScopeOf(body.CacheSalt),
            Tenant = ask.Scope.Caller.Tenant,
        };
        EngineIntrinsic prepared = EngineIntrinsic.Prepare(ask.Scope.Opened.Model, call, cancellationToken);
        GenerationOptions generation = prepared.Request.Generation!;
        return new AnswerPlan
        {
            Model = ask.ModelName,
            Intrinsic = body.Raw == true ? null : prepared,
            Request = prepared.Request with
            {
                Generation = generation with
                {
                    Seed = generation.Seed ?? ask.Generation.Seed,
                    LogitBias = ask.Generation.LogitBias,
                    StopTokens = ask.Generation.StopTokens,
                    IgnoreEndOfText = ask.Generation.IgnoreEndOfText,
                    TopLogprobs = Math.Max(generation.TopLogprobs, ask.Generation.TopLogprobs),
                },
            },
        };
    }

    /// <summary>Messages, documents, tools and variables of the template in OpenAI's form.</summary>
    /// <exception cref="ApiError">400: a message is malformed.</exception>
    public static JsonObject RequestOf(MessageBody[]? messages, AdapterAddress address, IReadOnlyList<AITool> tools)
    {
        JsonObject extra = [];
        if (address.Documents is not null)
        {
            extra["documents"] = address.Documents.DeepClone();
        }

        if (address.Variables is not null)
        {
            extra["chat_template_kwargs"] = address.Variables.DeepClone();
        }

        JsonObject request = new() { ["messages"] = MessageReader.ToJson(messages) };
        if (tools.Count > 0)
        {
            request["tools"] = ToolReader.ToJson(tools);
        }

        if (extra.Count > 0)
        {
            request["extra_body"] = extra;
        }

        return request;
    }

    // The definition's own parameters go over these.
    private static void AddParameters(JsonObject request, GenerationOptions generation)
    {
        foreach (GenerationParameter parameter in GenerationParameters.All)
        {
            if (parameter.Get(generation) is double value)
            {
                request[parameter.Name] = value;
            }
        }

        if (generation.MaxNewTokens is int most)
        {
            request["max_completion_tokens"] = most;
        }

        if (generation.StopStrings.Count > 0)
        {
            request["stop"] = new JsonArray([.. generation.StopStrings.Select(stop => (JsonNode)JsonValue.Create(stop))]);
        }
    }
}
