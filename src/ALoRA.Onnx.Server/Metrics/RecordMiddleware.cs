using ALoRA.Onnx.Server.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Metrics;

/// <summary>Gives each request its <see cref="RequestRecord"/>, and measures and logs it when it has ended.</summary>
internal sealed class RecordMiddleware(ServerMetrics metrics, ILogger<RecordMiddleware> logger, bool logsTexts)
{
    private const string Other = "other";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        RequestRecord record = new(metrics, logsTexts ? logger : null);
        context.Features.Set(record);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            // A path that no endpoint has could be anything, and would make a series each.
            string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? Other;
            int status = context.RequestAborted.IsCancellationRequested
                ? StatusCodes.Status499ClientClosedRequest
                : context.Response.StatusCode;
            double milliseconds = record.End(route, status).TotalMilliseconds;
            string tenant = context.Features.Get<Caller>()?.Tenant ?? "-";
            if (record.Operation is null)
            {
                // Who watches the server asks every few seconds.
                LogLevel level = HttpMethods.IsPost(context.Request.Method) || status >= 400 ? LogLevel.Information : LogLevel.Debug;
                logger.Answered(level, context.Request.Method, route, status, milliseconds, tenant);
            }
            else
            {
                logger.Generated(
                    context.Request.Method, route, status, milliseconds, tenant, record.Adapter ?? record.Model ?? "-", record.PromptTokens,
                    record.CachedTokens, record.GeneratedTokens,
                    record.FinishReason is FinishReason reason ? GenAITelemetry.NameOf(reason) : "-");
            }
        }
    }
}
