using System.Text.Json;
using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Operations;
using ALoRA.Onnx.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary>
/// <c>GET /v1/engine</c>: what the engine does at this moment, in numbers. With keys, who is no admin sees the requests of its own key
/// alone, as when another one asks how much says something about it; the sums are those that <c>/metrics</c> tells everyone.
/// </summary>
internal sealed class EngineEndpoint(ServedModel served, ServerOptions options, DrainGate gate)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/engine", AnswerAsync);

    private async Task AnswerAsync(HttpContext context)
    {
        Caller caller = Caller.Of(context);
        using ModelLease lease = served.Lease();
        await JsonAnswer.WriteAsync(context, Write, (caller, lease.Opened)).ConfigureAwait(false);
    }

    private void Write(Utf8JsonWriter json, (Caller Caller, OpenedModel Opened) state)
    {
        (Caller caller, OpenedModel opened) = state;
        EngineStatistics figures = served.Statistics;
        EngineActivity activity = opened.Engine.Activity;
        bool seesAll = caller.IsAdmin || options.ApiKeyFile is null;
        json.WriteStartObject();
        json.WriteString("object"u8, "engine"u8);
        json.WriteString("model"u8, opened.Name);
        json.WriteString("version"u8, ProductVersion.Text);
        json.WriteString("provider"u8, opened.Model.ExecutionProvider);
        json.WriteBoolean("ready"u8, !gate.IsClosed);
        json.WriteNumber("max_rows"u8, options.MaxRows);
        json.WriteNumber("max_context_tokens"u8, opened.Engine.MaxContextTokens);
        json.WriteNumber("cache_bytes"u8, opened.Engine.CacheBytes);
        json.WriteNumber("cache_usage"u8, figures.CacheUsage);
        json.WriteNumber("running"u8, figures.Running);
        json.WriteNumber("waiting"u8, figures.Waiting);
        json.WriteNumber("kept_prompts"u8, figures.KeptPrompts);
        json.WriteNumber("prompt_tokens"u8, figures.PromptTokens);
        json.WriteNumber("cached_tokens"u8, figures.CachedTokens);
        json.WriteNumber("generated_tokens"u8, figures.GeneratedTokens);
        json.WriteNumber("steps"u8, figures.Steps);
        json.WriteNumber("preemptions"u8, figures.Preemptions);
        json.WriteNumber("finished"u8, figures.Finished);
        json.WriteNumber("cancelled"u8, figures.Cancelled);
        json.WriteNumber("failed"u8, figures.Failed);
        WriteAdapters(json, opened, seesAll ? figures.RunningAdapters : []);
        json.WriteStartArray("requests"u8);
        foreach (EngineRequestState request in activity.Requests.Where(request => seesAll || request.Tenant == caller.Tenant))
        {
            Write(json, request);
        }

        json.WriteEndArray();
        WriteSteps(json, seesAll ? activity.Steps : []);
        json.WriteEndObject();
    }

    private static void WriteAdapters(Utf8JsonWriter json, OpenedModel opened, IReadOnlyList<string> running)
    {
        HashSet<string> loaded = new(opened.Model.Adapters.LoadedNames, StringComparer.Ordinal);
        json.WriteStartArray("adapters"u8);
        foreach (string name in opened.Adapters.Names)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteBoolean("loaded"u8, loaded.Contains(name));
            json.WriteBoolean("running"u8, running.Contains(name, StringComparer.Ordinal));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, EngineRequestState request)
    {
        json.WriteStartObject();
        json.WriteNumber("id"u8, request.Number);
        json.WriteString("tenant"u8, request.Tenant);
        json.WriteString("adapter"u8, request.Adapter);
        json.WriteString("phase"u8, PhaseOf(request.Phase));
        json.WriteNumber("prompt_tokens"u8, request.PromptTokens);
        json.WriteNumber("cached_tokens"u8, request.CachedTokens);
        json.WriteNumber("rows"u8, request.Rows);
        json.WriteNumber("generated_tokens"u8, request.GeneratedTokens);
        json.WriteNumber("seconds"u8, Math.Round(request.Age.TotalSeconds, 3));
        json.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter json, IReadOnlyList<EngineStep> steps)
    {
        json.WriteStartArray("last_steps"u8);
        foreach (EngineStep step in steps)
        {
            json.WriteStartObject();
            json.WriteNumber("number"u8, step.Number);
            json.WriteNumber("rows"u8, step.Rows);
            json.WriteNumber("prompt_tokens"u8, step.PromptTokens);
            json.WriteNumber("cached_tokens"u8, step.CachedTokens);
            json.WriteNumber("milliseconds"u8, Math.Round(step.Time.TotalMilliseconds, 2));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string PhaseOf(EngineRequestPhase phase) => phase switch
    {
        EngineRequestPhase.Prompt => "prompt",
        EngineRequestPhase.Answer => "answer",
        _ => "waiting",
    };
}
