using System.Text.Json;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>: the base, and its adapters with the base as their parent.</summary>
internal static class ModelList
{
    /// <summary>Lists all.</summary>
    public static async Task ListAsync(HttpContext context)
    {
        using Exchange exchange = Exchange.Begin(context);
        await JsonAnswer.WriteAsync(context, static (json, opened) => WriteAll(json, opened), exchange.Scope.Opened).ConfigureAwait(false);
    }

    /// <summary>Tells of one.</summary>
    public static async Task FindAsync(HttpContext context)
    {
        using Exchange exchange = Exchange.Begin(context);
        OpenedModel opened = exchange.Scope.Opened;
        string id = context.GetRouteValue("id") as string ?? "";
        if (id.Length == 0)
        {
            throw ApiError.NoModel(id);
        }

        string? adapter = opened.Adapters.Resolve(id);
        await JsonAnswer.WriteAsync(
            context, static (json, state) => WriteOne(json, state.opened, state.adapter), (opened, adapter)).ConfigureAwait(false);
    }

    private static void WriteAll(Utf8JsonWriter json, OpenedModel opened)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        WriteOne(json, opened, adapter: null);
        foreach (string name in opened.Adapters.Names)
        {
            WriteOne(json, opened, name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOne(Utf8JsonWriter json, OpenedModel opened, string? adapter)
    {
        json.WriteStartObject();

        // An adapter of the base's own name is addressed by both.
        json.WriteString("id"u8, adapter == opened.Name ? $"{opened.Name}:{adapter}" : adapter ?? opened.Name);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, opened.Created.ToUnixTimeSeconds());
        json.WriteString("owned_by"u8, "alora"u8);
        json.WriteString("root"u8, adapter ?? opened.Model.Manifest.Name);
        json.WriteString("parent"u8, adapter is null ? null : opened.Name);
        json.WriteNumber("max_model_len"u8, opened.Engine.MaxContextTokens);
        json.WriteEndObject();
    }
}
