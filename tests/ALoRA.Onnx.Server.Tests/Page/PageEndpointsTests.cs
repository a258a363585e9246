using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Server.Page;

namespace ALoRA.Onnx.Server.Tests.Page;

/// <summary>The page's files as the server sends them.</summary>
[TestClass]
public sealed partial class PageEndpointsTests
{
    [TestMethod]
    [DataRow("/", "text/html")]
    [DataRow("/page/style.css", "text/css")]
    [DataRow("/page/app.js", "text/javascript")]
    [DataRow("/page/icon.svg", "image/svg+xml")]
    public async Task File_WithoutAKey_IsSentWithAStrictPolicy(string path, string type)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["keys"], "alice");
        await using TestServer server = await TestServer.StartAsync(new ServerOptions { ApiKeyFile = folder["keys"] });

        using HttpResponseMessage response = await server.GetAsync(path);

        Assert.AreEqual(200, (int)response.StatusCode);
        Assert.AreEqual(type, response.Content.Headers.ContentType?.MediaType);
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.AreEqual("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        EntityTagHeaderValue tag = response.Headers.ETag!;
        using HttpRequestMessage again = new(HttpMethod.Get, path) { Headers = { IfNoneMatch = { tag } } };
        Assert.AreEqual(304, (int)(await server.Client.SendAsync(again)).StatusCode);
        using HttpResponseMessage head = await server.SendAsync(HttpMethod.Head, path);
        Assert.AreEqual(response.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
    }

    [TestMethod]
    [DataRow("/page/nothing.js", null, 401)]
    [DataRow("/page/../metrics", null, 401)]
    [DataRow("/page/nothing.js", "alice", 404)]
    [DataRow("/page/index.html", "alice", 404)]
    [DataRow("/v1/engine", null, 401)]
    [DataRow("/v1/engine", "alice", 200)]
    public async Task Path_BesideThePage_NeedsAKeyAsBefore(string path, string? key, int status)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["keys"], "alice");
        await using TestServer server = await TestServer.StartAsync(new ServerOptions { ApiKeyFile = folder["keys"] });

        Assert.AreEqual(status, (int)(await server.GetAsync(path, key)).StatusCode);
    }

    [TestMethod]
    [DataRow(false, 404)]
    [DataRow(true, 401)]
    public async Task NoPage_Asked_IsNothingThere(bool hasKeys, int status)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["keys"], "alice");
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { NoPage = true, ApiKeyFile = hasKeys ? folder["keys"] : null });

        Assert.AreEqual(status, (int)(await server.GetAsync("/")).StatusCode);
        Assert.AreEqual(status, (int)(await server.GetAsync("/page/app.js")).StatusCode);
    }

    [TestMethod]
    public void Files_All_AreSmallAndNameNoOtherMachineAndNoInlineScript()
    {
        IReadOnlyList<PageFile> files = PageFile.ReadAll();

        Assert.Contains("/", files.Select(file => file.Path));
        Assert.IsLessThan(64 << 10, files.Sum(file => file.Content.Length));
        foreach (PageFile file in files)
        {
            string text = System.Text.Encoding.UTF8.GetString(file.Content.Span)
                .Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
            Assert.DoesNotContain("://", text, file.Path);
            Assert.DoesNotContain("innerHTML", text, file.Path);
            Assert.DoesNotContain("style=\"", text, file.Path);
            Assert.IsFalse(InlineScript().IsMatch(text), file.Path);
            foreach (string reference in References().Matches(text).Select(match => match.Groups[1].Value))
            {
                Assert.Contains($"/page/{reference}", files.Select(one => one.Path), $"{file.Path} refers to it.");
            }
        }
    }

    [GeneratedRegex("""<script(?![^>]*\bsrc=)|\son[a-z]+=["']""")]
    private static partial Regex InlineScript();

    [GeneratedRegex("""(?:["']page/|from "\./)([a-z]+\.[a-z]+)["']""")]
    private static partial Regex References();
}
