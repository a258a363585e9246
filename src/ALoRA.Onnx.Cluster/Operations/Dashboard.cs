using System.Text;
using ALoRA.Onnx.Server.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;

namespace ALoRA.Onnx.Cluster.Operations;

/// <summary>Orleans' dashboard, for those who have an admin key.</summary>
internal static class Dashboard
{
    /// <summary>Where it is.</summary>
    public const string Path = "/cluster/dashboard";

    /// <summary>Adds its pages, each of which asks for an admin key.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        KeyRing keys = routes.ServiceProvider.GetRequiredService<KeyRing>();
        RouteGroupBuilder pages = routes.MapOrleansDashboard(Path);
        ((IEndpointConventionBuilder)pages).Add(endpoint =>
        {
            RequestDelegate? page = endpoint.RequestDelegate;
            endpoint.RequestDelegate = context =>
            {
                keys.DemandAdmin(Caller.Of(context), context.Request.Headers.Authorization);
                return page?.Invoke(context) ?? Task.CompletedTask;
            };
        });
    }
}

/// <summary>
/// Lets a browser ask its user for the key: it is the password, with any name. What the server reads is the same header as always.
/// </summary>
internal sealed class DashboardLogin : IStartupFilter
{
    private const string Basic = "Basic ";

    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        application.Use(AskAsync);
        next(application);
    };

    private static Task AskAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Dashboard.Path, StringComparison.OrdinalIgnoreCase))
        {
            return next(context);
        }

        string? given = context.Request.Headers.Authorization;
        if (string.IsNullOrEmpty(given))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"The password is an admin key of this server.\"";
            return Task.CompletedTask;
        }

        if (given.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            context.Request.Headers.Authorization = $"Bearer {PasswordOf(given[Basic.Length..])}";
        }

        return next(context);
    }

    private static string PasswordOf(string encoded)
    {
        byte[] bytes = new byte[encoded.Length];
        string text = Convert.TryFromBase64String(encoded.Trim(), bytes, out int count) ? Encoding.UTF8.GetString(bytes, 0, count) : "";
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }
}
