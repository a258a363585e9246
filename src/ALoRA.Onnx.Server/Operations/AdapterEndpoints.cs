using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Operations;

/// <summary>Endpoints for admins: adapters come and go, and the model is replaced, while requests run. The first two are vLLM's.</summary>
internal sealed class AdapterEndpoints(KeyRing keys, ServedModel served, IAdapterCatalog catalog)
{
    // Names and a path.
    private const long LongestBody = 1 << 16;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/load_lora_adapter", LoadAsync);
        routes.MapPost("/v1/unload_lora_adapter", UnloadAsync);
        routes.MapPost("/v1/reload_model", ReloadAsync);
    }

    private async Task LoadAsync(HttpContext context)
    {
        LoadAdapterBody body = await ReadAsync(context, OperationsJson.Default.LoadAdapterBody).ConfigureAwait(false);
        string name = Required(body.LoraName, "lora_name");
        string path = Required(body.LoraPath, "lora_path");
        string? remark = await catalog.LoadAsync(name, path, context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, $"Success: LoRA adapter '{name}' added successfully.", remark).ConfigureAwait(false);
    }

    private async Task UnloadAsync(HttpContext context)
    {
        UnloadAdapterBody body = await ReadAsync(context, OperationsJson.Default.UnloadAdapterBody).ConfigureAwait(false);
        string name = Required(body.LoraName, "lora_name");
        string? remark = await catalog.UnloadAsync(name, context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, $"Success: LoRA adapter '{name}' removed successfully.", remark).ConfigureAwait(false);
    }

    private async Task ReloadAsync(HttpContext context)
    {
        Demand(context);

        // A client that hangs up does not leave the replacement half done.
        await served.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        await context.Response.WriteAsJsonAsync(
            new StatusBody("replaced", served.Current?.Name), OperationsJson.Default.StatusBody,
            cancellationToken: context.RequestAborted).ConfigureAwait(false);
    }

    private async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        Demand(context);
        if (context.Request.ContentLength > LongestBody)
        {
            throw ApiError.TooLarge(LongestBody);
        }

        return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false)
            ?? throw ApiError.Invalid("The body is null. Expected an object with lora_name.");
    }

    private void Demand(HttpContext context) => keys.DemandAdmin(Caller.Of(context), context.Request.Headers.Authorization);

    private static Task AnswerAsync(HttpContext context, string sentence, string? remark) =>
        context.Response.WriteAsync(remark is null ? sentence : $"{sentence} {remark}", context.RequestAborted);

    private static string Required(string? value, string field) =>
        string.IsNullOrWhiteSpace(value) ? throw ApiError.Invalid($"'{field}' is missing. Give a text.", field) : value;
}
