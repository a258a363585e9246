using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>Clients that send too slowly, too much, or do not read. They wait for what the server does, never for a time.</summary>
[TestClass]
public sealed class HostileClientTests
{
    private const string Path = "/v1/chat/completions";

    [TestMethod]
    public async Task HeadersThatNeverCome_Are408()
    {
        await using ApiServer server = await StartImpatientAsync();
        using TcpClient client = await ConnectAsync(server, $"POST {Path} HTTP/1.1\r\nHost: x\r\n");
        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(client));
    }

    [TestMethod]
    public async Task BodyThatNeverComes_Is408WithAnErrorObject()
    {
        await using ApiServer server = await StartImpatientAsync();
        using TcpClient client = await ConnectAsync(
            server, $"POST {Path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"messages\": [");
        string answer = await ReadToEndAsync(client);
        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.AreEqual("request_timeout", (string?)ErrorOf(answer)["code"]);
    }

    /// <summary>What is not read any more must not reset the connection before the answer is read.</summary>
    [TestMethod]
    public async Task LargeChunkedBody_Is413AndNotAReset()
    {
        await using ApiServer server = await ApiServer.StartAsync(
            await DemoModel.FolderAsync(), options => options with { MaxBodyBytes = 100_000 });
        using TcpClient client = await ConnectAsync(
            server, $"POST {Path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        NetworkStream stream = client.GetStream();
        // Space before the body begins, so that nothing but its size is wrong whichever part of it is read first.
        byte[] chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string(' ', 0x10000) + "\r\n");
        for (int i = 0; i < 16; i++)
        {
            await stream.WriteAsync(chunk);
        }

        await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
        string answer = await ReadToEndAsync(client);
        Assert.StartsWith("HTTP/1.1 413 ", answer);
        Assert.AreEqual("request_too_large", (string?)ErrorOf(answer)["code"]);
    }

    [TestMethod]
    public async Task ReaderThatReadsNothing_HoldsNobody()
    {
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), options => options with { MaxRows = 2 });
        string body = """
            {"messages": [{"role": "user", "content": "Hi"}], "stream": true, "max_tokens": 1000, "ignore_eos": true,
             "logprobs": true, "top_logprobs": 20}
            """;
        using TcpClient slow = await ConnectAsync(
            server,
            string.Create(
                CultureInfo.InvariantCulture,
                $"POST {Path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
            receiveBuffer: 4096);

        // It begins, and then reads no more.
        await slow.GetStream().ReadExactlyAsync(new byte[100]);
        for (int i = 0; i < 3; i++)
        {
            JsonObject quick = await server.PostAsync(
                Path, $$"""{"messages": [{"role": "user", "content": "Compute {{i}} + 25."}], "max_tokens": 60, "ignore_eos": true}""");
            Assert.AreEqual(60, (int)quick["usage"]!["completion_tokens"]!);
        }

        Assert.AreEqual("", server.Log.Errors);
    }

    [TestMethod]
    public async Task ModelIsClosedInTheMiddle_StreamEndsWithAnErrorObject()
    {
        await using ApiServer server = await ApiServer.StartAsync(
            await DemoModel.FolderAsync(), options => options with { DrainTimeout = TimeSpan.Zero });
        using HttpRequestMessage request = new(HttpMethod.Post, Path)
        {
            Content = JsonContent.Create(JsonNode.Parse(
                """{"messages": [{"role": "user", "content": "Hi"}], "stream": true, "max_tokens": 8000, "ignore_eos": true}""")),
        };
        using HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("data: {", await reader.ReadLineAsync());
        Task stopped = server.Server.StopAsync();
        string rest = await reader.ReadToEndAsync();
        await stopped;
        string last = rest.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        JsonNode error = JsonNode.Parse(last.Trim()["data: ".Length..])!["error"]!;
        Assert.Contains((string?)error["code"], (string?[])["model_closed", "cancelled"]);
        Assert.AreEqual("server_error", (string?)error["type"]);
        Assert.DoesNotContain("[DONE]", rest);
    }

    // As short as Kestrel allows: it looks at rates once a second.
    private static async Task<ApiServer> StartImpatientAsync() => await ApiServer.StartAsync(
        await DemoModel.FolderAsync(),
        configure: builder => builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(100);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromMilliseconds(1100));
        }));

    private static async Task<TcpClient> ConnectAsync(ApiServer server, string text, int? receiveBuffer = null)
    {
        TcpClient client = new();
        if (receiveBuffer is int bytes)
        {
            client.ReceiveBufferSize = bytes;
        }

        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        return client;
    }

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using StreamReader reader = new(client.GetStream());
        return await reader.ReadToEndAsync();
    }

    private static JsonObject ErrorOf(string answer)
    {
        int start = answer.IndexOf('{', StringComparison.Ordinal);
        return JsonNode.Parse(answer[start..(answer.LastIndexOf('}') + 1)])!["error"]!.AsObject();
    }
}
