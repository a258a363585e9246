using ALoRA.Onnx.Server.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary>The endpoints that clients of OpenAI and vLLM call.</summary>
internal static class OpenAIEndpoints
{
    /// <summary>Adds them to a server, whose services have <see cref="ServerOptions"/> and <see cref="Models.ServedModel"/>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/chat/completions", (RequestDelegate)ChatCompletions.HandleAsync);
        routes.MapPost("/v1/completions", (RequestDelegate)Completions.HandleAsync);
        routes.MapPost("/v1/responses", (RequestDelegate)Responses.HandleAsync);
        routes.MapPost("/v1/intrinsics", (RequestDelegate)Intrinsics.HandleAsync);
        routes.MapGet("/v1/models", (RequestDelegate)ModelList.ListAsync);
        routes.MapGet("/v1/models/{**id}", (RequestDelegate)ModelList.FindAsync);
        routes.MapPost("/tokenize", (RequestDelegate)Tokens.TokenizeAsync);
        routes.MapPost("/detokenize", (RequestDelegate)Tokens.DetokenizeAsync);
        routes.MapPost("/v1/embeddings", (RequestDelegate)NoEmbeddings);
    }

    private static Task NoEmbeddings(HttpContext context) => throw ApiError.NotOffered(
        "This model has no embeddings: its graph has no pooled output. Use a model that was made for them.");
}
