using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cli.Tests.Hub;

/// <summary>A hub with one repository on loopback, and a store at another address to which it sends for large files.</summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string Repository = "acme/tiny-model";
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly WebApplication _hub;
    private readonly WebApplication _store;
    private readonly ConcurrentQueue<Seen> _requests = new();

    private FakeHub(WebApplication hub, WebApplication store)
    {
        _hub = hub;
        _store = store;
    }

    /// <summary>The files by path; those in <see cref="Large"/> lie in the store.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Large { get; } = new(StringComparer.Ordinal);

    /// <summary>What is given for a path in place of the right bytes.</summary>
    public Dictionary<string, byte[]> Given { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes after which the next answers with a file break off; 0 breaks the connection.</summary>
    public ConcurrentQueue<int> BreakOffs { get; } = new();

    /// <summary>Status codes of the next answers of the hub, before it answers as it should.</summary>
    public ConcurrentQueue<int> Failures { get; } = new();

    public string? RequiredToken { get; set; }

    public string? ErrorCode { get; set; }

    public bool KnowsRanges { get; set; } = true;

    public int FilesOfPage { get; set; } = 1000;

    public string Address => _hub.Urls.Single();

    public IReadOnlyList<Seen> Requests => [.. _requests];

    public static async Task<FakeHub> StartAsync()
    {
        FakeHub result = new(Create(), Create());
        result._hub.Run(result.AnswerAsync);
        result._store.Run(result.GiveAsync);
        await result._hub.StartAsync();
        await result._store.StartAsync();
        return result;
    }

    /// <summary>Adds a file.</summary>
    public void Add(string path, byte[] content, bool isLarge = false)
    {
        Files[path] = content;
        if (isLarge)
        {
            Large.Add(path);
        }
    }

    public void Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    /// <summary>The hash that the hub gives for a file.</summary>
    public string HashOf(string path) => Large.Contains(path)
        ? Convert.ToHexStringLower(SHA256.HashData(Files[path]))
#pragma warning disable CA5350 // As git does.
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {Files[path].Length}\0"), .. Files[path]]));
#pragma warning restore CA5350

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static WebApplication Create()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder.Build();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Note("hub", context);
        if (Failures.TryDequeue(out int failure))
        {
            context.Response.StatusCode = failure;
            return;
        }

        if (RequiredToken is { } token && context.Request.Headers.Authorization != $"Bearer {token}")
        {
            context.Response.StatusCode = 401;
            context.Response.Headers["X-Error-Code"] = ErrorCode ?? "GatedRepo";
            return;
        }

        if (path.StartsWith($"/api/models/{Repository}/revision/", StringComparison.Ordinal)
            && !path.EndsWith("/nope", StringComparison.Ordinal))
        {
            await context.Response.WriteAsync(new JsonObject { ["id"] = Repository, ["sha"] = Commit }.ToJsonString());
        }
        else if (path == $"/api/models/{Repository}/tree/{Commit}")
        {
            await ListAsync(context);
        }
        else if (path.StartsWith($"/{Repository}/resolve/{Commit}/", StringComparison.Ordinal)
            && Files.ContainsKey(path[$"/{Repository}/resolve/{Commit}/".Length..]))
        {
            await ResolveAsync(context, path[$"/{Repository}/resolve/{Commit}/".Length..]);
        }
        else
        {
            context.Response.StatusCode = 404;
            context.Response.Headers["X-Error-Code"] =
                path.Contains(Repository, StringComparison.Ordinal) ? "RevisionNotFound" : "RepoNotFound";
        }
    }

    private Task ListAsync(HttpContext context)
    {
        int start = int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        string[] paths = [.. Files.Keys.Skip(start).Take(FilesOfPage)];
        if (start + paths.Length < Files.Count)
        {
            string next = $"{Address}/api/models/{Repository}/tree/{Commit}?recursive=true&cursor={start + paths.Length}";
            context.Response.Headers.Link = $"<{next}>; rel=\"next\"";
        }

        JsonArray list = [new JsonObject { ["type"] = "directory", ["oid"] = Commit, ["size"] = 0, ["path"] = "a-folder" }];
        foreach (string path in paths)
        {
            JsonObject entry = new() { ["type"] = "file", ["oid"] = Commit, ["size"] = Files[path].Length, ["path"] = path };
            if (Large.Contains(path))
            {
                entry["lfs"] = new JsonObject { ["oid"] = HashOf(path), ["size"] = Files[path].Length, ["pointerSize"] = 134 };
            }
            else
            {
                entry["oid"] = HashOf(path);
            }

            list.Add((JsonNode)entry);
        }

        return context.Response.WriteAsync(list.ToJsonString());
    }

    private async Task ResolveAsync(HttpContext context, string path)
    {
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (!Large.Contains(path))
        {
            context.Response.Headers.ETag = $"\"{HashOf(path)}\"";
            await WriteAsync(context, Given.GetValueOrDefault(path) ?? Files[path]);
            return;
        }

        context.Response.StatusCode = 302;
        context.Response.Headers["X-Linked-Etag"] = $"\"{HashOf(path)}\"";
        context.Response.Headers["X-Linked-Size"] = Files[path].Length.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.Location = $"{_store.Urls.Single()}/{path}?signature=x";
    }

    private async Task GiveAsync(HttpContext context)
    {
        Note("store", context);
        string path = context.Request.Path.Value![1..];
        await WriteAsync(context, Given.GetValueOrDefault(path) ?? Files[path]);
    }

    private async Task WriteAsync(HttpContext context, byte[] content)
    {
        int start = 0;
        if (KnowsRanges && context.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault()?.From is { } from)
        {
            start = (int)from;
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {start}-{content.Length - 1}/{content.Length}";
        }

        if (BreakOffs.TryDequeue(out int most) && most < content.Length - start)
        {
            if (most == 0)
            {
                context.Abort();
            }

            // In chunks, of which the last one comes too early.
            await context.Response.Body.WriteAsync(content.AsMemory(start, most));
            return;
        }

        context.Response.ContentLength = content.Length - start;
        await context.Response.Body.WriteAsync(content.AsMemory(start));
    }

    private void Note(string server, HttpContext context) => _requests.Enqueue(new Seen(
        server, context.Request.Path.Value!, context.Request.Headers.Authorization.ToString(), context.Request.Headers.Range.ToString()));

    /// <summary>A request that came.</summary>
    internal sealed record Seen(string Server, string Path, string Authorization, string Range);
}
