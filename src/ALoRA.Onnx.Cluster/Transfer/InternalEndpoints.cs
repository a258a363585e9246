using System.Text.Json;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>What servers ask each other for over HTTP. Nobody learns without the cluster's key whether there is anything.</summary>
internal sealed class InternalEndpoints(ClusterKey key, ServedModel served)
{
    private static readonly byte[] Probe = new byte[RowFetcher.ProbeBytes];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/internal/adapters/{hash}", context => IfAdmittedAsync(context, SendAdapterAsync));
        routes.MapGet(RowFetcher.ProbePath, context => IfAdmittedAsync(context, SendProbeAsync));
        routes.MapPost(PrefixRequest.Path, context => IfAdmittedAsync(context, SendRowsAsync));
    }

    private Task IfAdmittedAsync(HttpContext context, Func<HttpContext, Task> answer)
    {
        if (key.Admits(context))
        {
            return answer(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static async Task SendProbeAsync(HttpContext context)
    {
        context.Response.ContentLength = Probe.Length;
        await context.Response.Body.WriteAsync(Probe, context.RequestAborted).ConfigureAwait(false);
    }

    // As a saved conversation, whose header says which model it is of, with an authentication code of the cluster's key.
    private async Task SendRowsAsync(HttpContext context)
    {
        PrefixRequest? asked = await JsonSerializer.DeserializeAsync(
            context.Request.Body, TransferJson.Default.PrefixRequest, context.RequestAborted).ConfigureAwait(false);
        using ModelLease lease = served.Lease();
        OpenedModel opened = lease.Opened;
        if (asked is null || asked.Ids.Length == 0 || asked.Ids.Length >= opened.Engine.MaxContextTokens || !asked.Fits(opened))
        {
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            return;
        }

        using Conversation conversation = opened.Model.CreateConversation(asked.Scope);
        if (await opened.Engine.CopyPrefixAsync(conversation, asked.Ids).ConfigureAwait(false) == 0)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        string file = Path.Combine(Path.GetTempPath(), $"alora-rows-{Guid.NewGuid():n}");
        try
        {
            await conversation.SaveAsync(file, new SaveOptions { Key = key.FileKey }, context.RequestAborted).ConfigureAwait(false);
            context.Response.ContentType = "application/octet-stream";
            await context.Response.SendFileAsync(file, context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task SendAdapterAsync(HttpContext context)
    {
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
