using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>What servers ask each other for over HTTP. Nobody learns without the cluster's key whether there is anything.</summary>
internal sealed class InternalEndpoints(ClusterKey key, ServedModel served)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/internal/adapters/{hash}", SendAdapterAsync);

    private async Task SendAdapterAsync(HttpContext context)
    {
        if (!key.Admits(context))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using ModelLease lease = served.Lease();
        string hash = context.GetRouteValue("hash") as string ?? "";
        AdapterRegistry adapters = lease.Opened.Model.Adapters;
        string? folder = adapters.LoadedNames.Select(adapters.Get).FirstOrDefault(adapter => adapter.ContentHash == hash)?.Folder;
        if (folder is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "application/x-tar";
        context.Response.Headers[AdapterFetcher.Digest] = await AdapterPackage.DigestAsync(folder, context.RequestAborted)
            .ConfigureAwait(false);
        await AdapterPackage.WriteAsync(folder, context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }
}
