using System.Text;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>What a stream does that is silent, fails, or that nobody reads to its end.</summary>
[TestClass]
public sealed class StreamTests
{
    private const string Path = "/v1/chat/completions";
    private const string Chat = """{"messages": [{"role": "user", "content": "Hi"}], "stream": true}""";

    [TestMethod]
    public async Task Stream_Silent_GetsComments()
    {
        ManualClock clock = new();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        WrittenSource source = new("17 + 25 = 42.") { Before = (index, _) => index == 0 ? go.Task : Task.CompletedTask };
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), source: source, time: clock);
        using HttpRequestMessage request = new(HttpMethod.Post, Path)
        {
            Content = new StringContent(Chat, Encoding.UTF8, "application/json"),
        };
        Task<HttpResponseMessage> sending = server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await clock.WhenTimerAsync(TimeSpan.FromSeconds(15));
        clock.Advance(TimeSpan.FromSeconds(14));
        Assert.IsFalse(sending.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        using HttpResponseMessage response = await sending;
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync());
        Assert.AreEqual(": keep-alive", await reader.ReadLineAsync());
        Assert.AreEqual("", await reader.ReadLineAsync());
        await clock.WhenTimerAsync(TimeSpan.FromSeconds(30));
        clock.Advance(TimeSpan.FromSeconds(15));
        Assert.AreEqual(": keep-alive", await reader.ReadLineAsync());
        go.SetResult();
        string rest = await reader.ReadToEndAsync();
        Assert.Contains("\"role\":\"assistant\"", rest);
        Assert.EndsWith("data: [DONE]\n\n", rest);
    }

    [TestMethod]
    public async Task Stream_FailsInTheMiddle_EndsWithAnErrorObject()
    {
        WrittenSource source = new("17 + 25 = 42.")
        {
            Before = (index, _) => index == 3 ? throw new InvalidOperationException("secret detail") : Task.CompletedTask,
        };
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), source: source);
        using HttpResponseMessage response = await server.SendAsync(Path, Chat);
        string text = await response.Content.ReadAsStringAsync();
        Assert.AreEqual(200, (int)response.StatusCode);
        string last = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        JsonNode error = JsonNode.Parse(last["data: ".Length..])!["error"]!;
        Assert.AreEqual("server_error", (string)error["type"]!);
        Assert.DoesNotContain("secret", text);
        Assert.DoesNotContain("[DONE]", text);
        Assert.Contains("secret", server.Log.Errors);
        Assert.AreEqual(1, source.Disposed);
    }

    [TestMethod]
    public async Task Stream_FailsBeforeItBegins_HasAStatus()
    {
        WrittenSource source = new("17 + 25 = 42.")
        {
            Before = (_, _) => throw new Serving.AloraBusyException("Too much to do."),
        };
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), source: source);
        using HttpResponseMessage response = await server.SendAsync(Path, Chat);
        Assert.AreEqual(429, (int)response.StatusCode);
        Assert.IsNotNull(response.Headers.RetryAfter);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task Client_Goes_EndsTheAnswer(bool streams)
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        WrittenSource source = new("17 + 25 = 42.")
        {
            Before = async (index, cancellationToken) =>
            {
                if (index == 2)
                {
                    started.SetResult();
                    try
                    {
                        await Task.Delay(Timeout.Infinite, cancellationToken);
                    }
                    finally
                    {
                        cancelled.SetResult();
                    }
                }
            },
        };
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), source: source);
        using CancellationTokenSource client = new();
        using HttpRequestMessage request = new(HttpMethod.Post, Path)
        {
            Content = new StringContent(
                streams ? Chat : Chat.Replace("true", "false", StringComparison.Ordinal), Encoding.UTF8, "application/json"),
        };
        Task<HttpResponseMessage> sending = server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, client.Token);
        await started.Task;
        if (streams)
        {
            (await sending).Dispose();
        }
        else
        {
            await client.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => sending);
        }

        await cancelled.Task;
        Assert.AreEqual("", server.Log.Errors);
    }

    [TestMethod]
    public async Task Stream_ThoughtsAndCalls_AreDeltasOfTheirOwn()
    {
        const string answer = "<think>\nHm.\n</think>\nI add.\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>\n"
            + "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 2}}\n</tool_call>";
        await using ToolServer server = await ToolServer.StartAsync("family-hermes", new WrittenSource(answer, answer, answer));
        string body = """
            {"messages": [{"role": "user", "content": "Hi"}],
             "tools": [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]
            """;
        List<JsonObject> chunks = await server.Api.StreamAsync(Path, body + ", \"stream\": true}");
        JsonObject[] deltas = [.. chunks.Select(chunk => chunk["choices"]![0]!["delta"]!.AsObject())];
        Assert.AreEqual("Hm.", string.Concat(deltas.Select(delta => (string?)delta["reasoning_content"])));
        Assert.AreEqual("I add.", string.Concat(deltas.Select(delta => (string?)delta["content"])).Trim());
        JsonNode[] calls = [.. deltas.SelectMany(delta => delta["tool_calls"]?.AsArray() ?? [])!];
        CollectionAssert.AreEqual(new[] { 0, 1 }, calls.Select(call => (int)call["index"]!).ToArray());
        Assert.IsTrue(calls.All(call => (string)call["type"]! == "function" && (string)call["function"]!["name"]! == "add"));
        Assert.AreEqual("{\"a\":2}", (string)calls[1]["function"]!["arguments"]!);
        Assert.AreNotEqual((string)calls[0]["id"]!, (string)calls[1]["id"]!);
        Assert.AreEqual("tool_calls", (string)chunks[^1]["choices"]![0]!["finish_reason"]!);

        JsonObject single = await server.Api.PostAsync(Path, body + ", \"parallel_tool_calls\": false}");
        Assert.HasCount(1, single["choices"]![0]!["message"]!["tool_calls"]!.AsArray());
        Assert.AreEqual("tool_calls", (string)single["choices"]![0]!["finish_reason"]!);
        Assert.AreEqual("Hm.", (string)single["choices"]![0]!["message"]!["reasoning_content"]!);
        Assert.AreEqual(3, (int)single["usage"]!["prompt_tokens_details"]!["cached_tokens"]!);
        int thoughts = (int)single["usage"]!["completion_tokens_details"]!["reasoning_tokens"]!;
        int generated = (int)single["usage"]!["completion_tokens"]!;
        Assert.IsTrue(thoughts > 1 && thoughts < generated / 2, $"{thoughts} of {generated}");

        JsonObject none = await server.Api.PostAsync(Path, body + ", \"tool_choice\": \"none\"}");
        Assert.IsNull(none["choices"]![0]!["message"]!["tool_calls"]);
        Assert.Contains("<tool_call>", (string)none["choices"]![0]!["message"]!["content"]!);
        Assert.AreEqual(3, server.Source.Disposed);
    }

    [TestMethod]
    public async Task Post_RequiredCall_IsMadeByTheModelItself()
    {
        await using ToolServer server = await ToolServer.StartAsync("family-hermes", new WrittenSource());
        foreach (string choice in (string[])["\"required\"", "{\"type\": \"function\", \"function\": {\"name\": \"add\"}}"])
        {
            JsonObject answer = await server.Api.PostAsync(
                Path,
                """
                {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100, "parallel_tool_calls": false,
                 "tools": [{"type": "function", "function": {"name": "add", "parameters":
                    {"type": "object", "properties": {"unit": {"enum": ["a", "b"]}}, "required": ["unit"],
                     "additionalProperties": false}}}],
                 "tool_choice":
                """ + choice + "}");
            JsonNode call = answer["choices"]![0]!["message"]!["tool_calls"]!.AsArray().Single()!;
            Assert.AreEqual("add", (string)call["function"]!["name"]!);
            Assert.Contains((string)JsonNode.Parse((string)call["function"]!["arguments"]!)!["unit"]!, ["a", "b"]);
            Assert.IsNull(answer["choices"]![0]!["message"]!["content"]);
        }
    }

    [TestMethod]
    public async Task Post_ToolTemplateOfTheFolder_ServesRequestsWithTools()
    {
        using TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(await DemoModel.FolderAsync()))
        {
            File.Copy(file, folder[System.IO.Path.GetFileName(file)]);
        }

        Directory.CreateDirectory(folder["additional_chat_templates"]);
        File.Copy(
            GoldenData.Path("text", "templates", "family-hermes.jinja"),
            folder[System.IO.Path.Combine("additional_chat_templates", "tool_use.jinja")]);
        WrittenSource source = new("Yes.", "Yes.");
        await using ApiServer server = await ApiServer.StartAsync(folder.Path, source: source);
        await server.PostAsync(
            Path, """{"messages": [{"role": "user", "content": "Hi"}], "tools": [{"type": "function", "function": {"name": "add"}}]}""");
        await server.PostAsync(Path, """{"messages": [{"role": "user", "content": "Hi"}]}""");
        string[] prompts = [.. source.Asked.Select(asked => asked.Prompt)];
        Assert.Contains("<tools>", prompts[0]);
        Assert.Contains("<|start_of_role|>user", prompts[1]);
    }

    [TestMethod]
    public async Task CacheSalt_IsAScopeOfItsOwn_CacheKeyAndUserAreNot()
    {
        WrittenSource source = new("a", "a", "a", "a", "a", "a");
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), source: source);
        foreach (string field in (string[])[
            "", ", \"prompt_cache_key\": \"a\"", ", \"prompt_cache_key\": \"b\", \"user\": \"u\"", ", \"cache_salt\": \"a\"",
            ", \"cache_salt\": \"b\"", ", \"cache_salt\": \"a\", \"prompt_cache_key\": \"c\""])
        {
            await server.PostAsync(Path, """{"messages": [{"role": "user", "content": "Hi"}]""" + field + "}");
        }

        string?[] scopes = [.. source.Asked.Select(asked => asked.Request.CacheScope)];
        CollectionAssert.AreEqual(new[] { scopes[0], scopes[0], scopes[0], scopes[3], scopes[4], scopes[3] }, scopes);
        Assert.HasCount(3, scopes.Distinct());
    }
}
