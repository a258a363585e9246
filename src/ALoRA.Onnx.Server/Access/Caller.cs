using ALoRA.Onnx.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Access;

/// <summary>Who sent a request.</summary>
/// <param name="Tenant">
/// Name for logs and for the engine's fair share; says nothing about the key. Null where no keys are asked for.
/// </param>
/// <param name="CacheScope">Whose rows of the cache it reads and leaves; null where no keys are asked for.</param>
/// <param name="IsAdmin">Whether it may load and unload adapters and replace the model.</param>
internal sealed record Caller(string? Tenant, string? CacheScope, bool IsAdmin)
{
    /// <summary>Everyone, where no keys are asked for.</summary>
    public static Caller Anyone { get; } = new(null, null, IsAdmin: false);

    /// <summary>The caller of a request that was let in.</summary>
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw ApiError.Unauthorized("The request was not checked.");
}
