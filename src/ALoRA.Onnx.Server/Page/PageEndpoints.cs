using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Page;

/// <summary>
/// The page at <c>/</c>. Its files need no key, as a browser sends none with an address; whatever it shows it asks the API for, with the
/// key of whoever sits before it.
/// </summary>
internal sealed class PageEndpoints
{
    // Nothing but this server's own files and endpoints; no script or style within the page, and no text that becomes markup.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly Dictionary<string, PageFile> _files;

    public PageEndpoints(ServerOptions options) =>
        _files = options.NoPage ? [] : PageFile.ReadAll().ToDictionary(file => file.Path, StringComparer.Ordinal);

    /// <summary>Whether a path is a file of the page.</summary>
    public bool Has(PathString path) => path.Value is string text && _files.ContainsKey(text);

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (PageFile file in _files.Values)
        {
            routes.MapMethods(file.Path, ["GET", "HEAD"], context => AnswerAsync(context, file));
        }
    }

    private static async Task AnswerAsync(HttpContext context, PageFile file)
    {
        HttpResponse response = context.Response;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch.Any(tag => tag?.Contains(file.Tag, StringComparison.Ordinal) == true))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.MediaType;
        response.ContentLength = file.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(file.Content, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
