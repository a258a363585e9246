using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Errors;

/// <summary>
/// Turns whatever was thrown, and answers without a body such as 404 and 405, into error objects. No stack trace leaves it.
/// </summary>
internal sealed class ErrorMiddleware(ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            if (!context.Response.HasStarted && context.Response.StatusCode >= 400 && context.Response.ContentLength is null)
            {
                await ErrorBody.WriteAsync(context.Response, OfStatus(context)).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // The outermost frame of a request: whatever happens becomes an answer.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await AnswerAsync(context, exception).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        ApiError error = ApiError.Of(exception, context.RequestAborted.IsCancellationRequested);
        if (error.Status == StatusCodes.Status500InternalServerError)
        {
            logger.RequestFailed(context.Request.Method, context.Request.Path, exception);
        }

        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
        }
        else if (error.Status == ApiError.ClientClosedRequest)
        {
            context.Response.StatusCode = error.Status;
        }
        else
        {
            try
            {
                await ErrorBody.WriteAsync(context.Response, error).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is OperationCanceledException or IOException)
            {
                // The client went while it was told.
            }
        }
    }

    private static ApiError OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => ApiError.NotFound(
            $"There is no {context.Request.Path}. This server has /v1/chat/completions, /v1/completions, /v1/responses, /v1/intrinsics "
            + "and /v1/models.",
            code: "unknown_url"),
        int status => ApiError.OfStatus(
            status,
            status == StatusCodes.Status405MethodNotAllowed
                ? $"{context.Request.Path} does not take {context.Request.Method}, but {context.Response.Headers.Allow}."
                : "The request is not one that this server takes."),
    };
}
