using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Access;

/// <summary>Lets a request in if its key is known, and says who it is: <see cref="Caller.Of"/>.</summary>
internal sealed class AccessMiddleware(KeyRing keys, Func<PathString, bool> needsNoKey)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!needsNoKey(context.Request.Path))
        {
            context.Features.Set(keys.Admit(context.Request.Headers.Authorization));
        }

        return next(context);
    }
}
