using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Requests;
using ALoRA.Onnx.Server.Wire;
using ALoRA.Onnx.Serving;
using ALoRA.Onnx.Serving.Intrinsics;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary><c>POST /v1/intrinsics</c>: several adapters asked about one conversation, all submitted together.</summary>
internal static class Intrinsics
{
    private const string Field = "intrinsics";
    private const int MaxIntrinsics = 64;

    /// <summary>Answers a request.</summary>
    public static async Task HandleAsync(HttpContext context)
    {
        IntrinsicsBody body = await JsonBody.ReadAsync(context, WireContext.Default.IntrinsicsBody).ConfigureAwait(false);
        using Exchange exchange = Exchange.Begin(context);
        IgnoredFields ignored = new();
        ignored.Add(body.Others);
        ignored.Report(context, exchange.Options.Strict);
        IReadOnlyList<AnswerPlan> plans = await exchange.PlanAsync((scope, cancellation) => Plan(scope, body, cancellation))
            .ConfigureAwait(false);
        AnswerSet set = await exchange.StartAsync("intrinsics", plans).ConfigureAwait(false);
        await using (set.ConfigureAwait(false))
        {
            ChoiceEnd[] ends = await set.ReadAsync(exchange.Record, static (_, _) => ValueTask.CompletedTask).ConfigureAwait(false);
            await JsonAnswer.WriteAsync(
                context, static (json, state) => Write(json, state.set, state.ends, state.Name), (set, ends, exchange.Scope.Opened.Name))
                .ConfigureAwait(false);
        }
    }

    private static List<AnswerPlan> Plan(RequestScope scope, IntrinsicsBody body, CancellationToken cancellationToken)
    {
        if (body.Intrinsics is not { Length: > 0 and <= MaxIntrinsics } asked)
        {
            throw ApiError.Invalid($"'{Field}' should be a list of 1 to {MaxIntrinsics} objects with a name.", Field, "missing_field");
        }

        AdapterAddress address = AdapterAddress.Read(scope.Opened, body.Model, body.ChatTemplateKwargs, body.Documents);
        if (address.Adapter is not null)
        {
            throw ApiError.Invalid(
                $"'model' is the adapter '{address.Adapter}'. Name the base model '{scope.Opened.Name}'; '{Field}' names the adapters.",
                "model", "contradiction");
        }

        // What there is not is told before anything is read that takes a while.
        IReadOnlyList<string> known = scope.Opened.Adapters.Names;
        for (int i = 0; i < asked.Length; i++)
        {
            string place = $"{Field}[{i}].name";
            string name = asked[i]?.Name is { Length: > 0 } given
                ? given
                : throw ApiError.Invalid($"'{place}' is missing.", place, "missing_field");
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                throw ApiError.NotFound($"There is no intrinsic '{name}'. GET /v1/models lists the adapters.", place, "model_not_found");
            }
        }

        JsonObject request = IntrinsicPlanner.RequestOf(
            body.Messages, address, body.Tools is { Length: > 0 } ? ToolReader.Read(body.Tools, ToolCallFormat.Hermes) : []);
        List<AnswerPlan> plans = [];
        foreach (IntrinsicBody one in asked)
        {
            EngineIntrinsic prepared = EngineIntrinsic.Prepare(
                scope.Opened.Model,
                new IntrinsicCall
                {
                    Intrinsic = scope.Opened.Model.OpenIntrinsic(one.Name!),
                    ChatRequest = request,
                    Arguments = ArgumentsOf(one),
                    CacheScope = scope.CacheScopeOf(body.CacheSalt),
                    Tenant = scope.Caller.Tenant,
                },
                cancellationToken);
            scope.CheckLength(prepared.Request.Prompt.Ids.Length, "messages");
            plans.Add(new AnswerPlan
            {
                Model = one.Name!,
                Request = prepared.Request,
                Intrinsic = prepared,
                Beginning = ConversationStart.Of(body.PromptCacheKey, body.Messages, address.Documents, body.Tools),
            });
        }

        return plans;
    }

    private static JsonObject ArgumentsOf(IntrinsicBody body)
    {
        JsonObject arguments = [];
        foreach ((string name, JsonElement value) in body.Arguments ?? [])
        {
            arguments[name] = value.ValueKind switch
            {
                JsonValueKind.Object => JsonObject.Create(value),
                JsonValueKind.Array => JsonArray.Create(value),
                JsonValueKind.Null => null,
                _ => JsonValue.Create(value),
            };
        }

        return arguments;
    }

    private static void Write(Utf8JsonWriter json, AnswerSet set, ChoiceEnd[] ends, string model)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteString("model"u8, model);
        json.WriteStartArray("results"u8);
        AnswerUsage total = default;
        for (int i = 0; i < ends.Length; i++)
        {
            IntrinsicAnswer answer = set.ResultOf(i)!;
            json.WriteStartObject();
            json.WriteString("name"u8, answer.Intrinsic);
            json.WriteString("text"u8, answer.Run.Text);
            if (answer.Value is not JsonValue value || !value.TryGetValue(out string? text) || text != answer.Run.Text)
            {
                json.WritePropertyName("value"u8);
                if (answer.Value is null)
                {
                    json.WriteNullValue();
                }
                else
                {
                    answer.Value.WriteTo(json);
                }
            }

            json.WriteString("finish_reason"u8, ends[i].Reason);
            AnswerJson.WriteUsage(json, default(AnswerUsage).With([ends[i]]));
            json.WriteEndObject();
            total = total.With([ends[i]]);
        }

        json.WriteEndArray();
        AnswerJson.WriteUsage(json, total);
        json.WriteEndObject();
    }
}
