using ALoRA.Onnx.Extensions.AI.Requests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace ALoRA.Onnx.Extensions.AI.Tests.Requests;

/// <summary>What becomes of options that are other models' and other providers'.</summary>
[TestClass]
public sealed class StrictTests
{
    private static ChatOptions Foreign => new()
    {
        ModelId = "gpt-4o",
        AdditionalProperties = new() { ["num_ctx"] = 4096, ["keep_alive"] = "5m" },
    };

    [TestMethod]
    public async Task GetResponse_ForeignOptionsByDefault_AreRefused()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatOptions properties = new() { AdditionalProperties = Foreign.AdditionalProperties };
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => client.GetResponseAsync(Demo.Question, Foreign));
        await Assert.ThrowsExactlyAsync<NotSupportedException>(() => client.GetResponseAsync(Demo.Question, properties));
    }

    [TestMethod]
    public async Task GetResponse_ForeignOptionsNotStrict_AreLoggedOnceEachAndIgnored()
    {
        FakeLogCollector log = new();
        using LoggerFactory factory = new([new FakeLoggerProvider(log)]);
        using AloraChatClient client = await Demo.ClientAsync(new() { Strict = false, LoggerFactory = factory });
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question, Foreign)).Text);
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question, Foreign)).Text);
        string[] lines = [.. log.GetSnapshot().Where(record => record.Id.Id == 300).Select(record => record.Message).Order()];
        Assert.HasCount(3, lines, string.Join('\n', lines));
        Assert.StartsWith("ChatOptions.AdditionalProperties[\"keep_alive\"] of a request is ignored", lines[0]);
        Assert.StartsWith("ChatOptions.AdditionalProperties[\"num_ctx\"] of a request is ignored", lines[1]);
        Assert.StartsWith("ChatOptions.ModelId of a request is ignored: it is 'gpt-4o'", lines[2]);
    }

    [TestMethod]
    public async Task GetResponse_MisspeltOwnKeyNotStrict_IsRefused()
    {
        using AloraChatClient client = await Demo.ClientAsync(new() { Strict = false });
        ChatOptions options = new() { AdditionalProperties = new() { ["alora.adaptr"] = "certainty" } };
        NotSupportedException exception =
            await Assert.ThrowsExactlyAsync<NotSupportedException>(() => client.GetResponseAsync(Demo.Question, options));
        Assert.Contains("'alora.adaptr'", exception.Message);
    }

    [TestMethod]
    public void Add_AnyNumberOfNames_LogsAHundred()
    {
        FakeLogCollector log = new();
        using LoggerFactory factory = new([new FakeLoggerProvider(log)]);
        PassedOverOptions passedOver = new(factory.CreateLogger("test"));
        for (int i = 0; i < 1000; i++)
        {
            passedOver.Add($"name {i}", "it is not known");
        }

        Assert.HasCount(100, log.GetSnapshot());
    }

    [TestMethod]
    public async Task GetResponse_MaxAnswerTokens_EndsAnswersWhoseRequestsDoNotSay()
    {
        using AloraChatClient client = await Demo.ClientAsync(new() { MaxAnswerTokens = 3 });
        ChatResponse response = await client.GetResponseAsync(Demo.Question);
        Assert.AreEqual(ChatFinishReason.Length, response.FinishReason);
        Assert.AreEqual(3, response.Usage!.OutputTokenCount);
        response = await client.GetResponseAsync(Demo.Question, new ChatOptions { MaxOutputTokens = 40 });
        Assert.AreEqual(Demo.Answer, response.Text);
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(() => Demo.ClientAsync(new() { MaxAnswerTokens = 0 }));
    }
}
