using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Extensions.AI.Tests.Requests;

/// <summary>Answers that must be JSON.</summary>
[TestClass]
public sealed class StructuredOutputTests
{
    [TestMethod]
    public async Task GetResponseOfT_Record_IsWhatTheModelHasToWrite()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatResponse<Person> response = await client.GetResponseAsync<Person>("Who is Nora?", new ChatOptions { MaxOutputTokens = 200 });
        Assert.IsTrue(response.TryGetResult(out Person? person), response.Text);
        Assert.IsNotNull(person.Name);
        Assert.IsTrue(Enum.IsDefined(person.Job));
        Assert.IsTrue(person.Age is >= 0 and <= 120, response.Text);
        Assert.AreEqual(ChatFinishReason.Stop, response.FinishReason);
    }

    /// <summary>The factory is called right before the schema is compiled; one that is refused tells that it was not looked at.</summary>
    [TestMethod]
    public async Task GetResponse_CancelledBeforeTheSchemaIsCompiled_CompilesNothing()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        using CancellationTokenSource source = new();
        ChatOptions options = new()
        {
            ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"uniqueItems": true, "title": "cancelled"}""")),
            RawRepresentationFactory = _ =>
            {
                source.Cancel();
                return null;
            },
        };

        OperationCanceledException exception = await Assert.ThrowsAsync<OperationCanceledException>(
            () => client.GetResponseAsync(Demo.Question, options, source.Token));

        Assert.AreEqual(source.Token, exception.CancellationToken);
    }

    [TestMethod]
    public async Task GetStreamingResponse_JsonSchema_ComesInPiecesOfOneValue()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        JsonElement schema = JsonElement.Parse(
            """
            {
              "type": "object",
              "properties": {"kind": {"const": "sum"}, "digit": {"type": "integer", "minimum": 0, "maximum": 9}},
              "required": ["kind", "digit"]
            }
            """);
        ChatOptions options = new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema, "sum"), Temperature = 2, Seed = 3 };
        List<ChatResponseUpdate> updates = await client.GetStreamingResponseAsync(Demo.Question, options).ToListAsync();
        using JsonDocument answer = JsonDocument.Parse(string.Concat(updates));
        Assert.AreEqual("sum", answer.RootElement.GetProperty("kind").GetString());
        Assert.IsTrue(answer.RootElement.GetProperty("digit").GetInt32() is >= 0 and <= 9);
    }

    [TestMethod]
    public async Task GetResponse_JsonWithoutSchema_IsAnObject()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatResponse response = await client.GetResponseAsync(
            Demo.Question, new ChatOptions { ResponseFormat = ChatResponseFormat.Json, MaxOutputTokens = 300 });
        Assert.StartsWith("{", response.Text);
        if (response.FinishReason == ChatFinishReason.Stop)
        {
            using JsonDocument answer = JsonDocument.Parse(response.Text);
            Assert.AreEqual(JsonValueKind.Object, answer.RootElement.ValueKind);
        }
    }

    private enum Job
    {
        Cook,
        Judge,
        Pilot,
    }

    private sealed record Person(
        [property: StringLength(12)] string Name, [property: Range(0, 120)] int Age,
        [property: JsonConverter(typeof(JsonStringEnumConverter<Job>))] Job Job);
}
