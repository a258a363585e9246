using System.Collections.Concurrent;
using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Metrics;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Tenants;

/// <summary>
/// Keeps each key within its limits. Cached tokens of prompts are free, as they cost the others nothing.
/// Admins and servers without keys have no limits but the queue's.
/// </summary>
internal sealed class TenantMiddleware(ServerOptions options, TimeProvider time)
{
    // There are as many as there were keys in the file.
    private readonly ConcurrentDictionary<string, TenantAccount> _accounts = new(StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if ((options.MaxRequestsPerKey is null && options.TokensPerMinutePerKey is null)
            || !HttpMethods.IsPost(context.Request.Method)
            || context.Features.Get<Caller>() is not { Tenant: string tenant, IsAdmin: false })
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        TenantAccount account = _accounts.GetOrAdd(tenant, _ => new TenantAccount(options.TokensPerMinutePerKey, time));
        if (!account.TryBegin(options.MaxRequestsPerKey, out TimeSpan wait))
        {
            throw wait > TimeSpan.Zero
                ? ApiError.Busy($"This key has used its {options.TokensPerMinutePerKey} tokens a minute. Come again later.", wait)
                : ApiError.Busy($"This key has {options.MaxRequestsPerKey} requests running, as many as it may. Wait for one of them.");
        }

        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            RequestRecord record = RequestRecord.Of(context);
            account.End(record.PromptTokens - record.CachedTokens + record.GeneratedTokens);
        }
    }
}
