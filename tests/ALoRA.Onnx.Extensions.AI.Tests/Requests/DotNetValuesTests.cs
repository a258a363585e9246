using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI.Requests;

namespace ALoRA.Onnx.Extensions.AI.Tests.Requests;

/// <summary>Answers that are read as .NET types.</summary>
[TestClass]
public sealed class DotNetValuesTests
{
    [TestMethod]
    [DataRow(1f)]
    [DataRow(3f)]
    public async Task GetResponseOfT_RandomAnswers_AreRead(float temperature)
    {
        using AloraChatClient client = await Demo.ClientAsync();
        int read = 0;
        for (int seed = 0; seed < 12; seed++)
        {
            ChatResponse<Everything> response = await client.GetResponseAsync<Everything>(
                "Who is Nora?", new ChatOptions { Temperature = temperature, Seed = seed, MaxOutputTokens = 700 });
            if (response.FinishReason == ChatFinishReason.Stop)
            {
                Assert.IsNotNull(response.Result, response.Text);
                read++;
            }
        }

        Assert.IsGreaterThan(3, read);
    }

    [TestMethod]
    [DataRow("""{"type": "integer"}""", "2147483647|-2147483648", "2147483648|-2147483649|99999999999")]
    [DataRow("""{"type": ["integer", "null"]}""", "null|7", "2147483648")]
    [DataRow("""{"type": "integer", "minimum": 0, "maximum": 255}""", "255|0", "256|-1")]
    [DataRow("""{"type": "integer", "maximum": 99999999999}""", "99999999999", "999999999990")]
    [DataRow("""{"type": "number"}""", "0.5|-12", "1e99|99999999999999999999999999999")]
    [DataRow(
        """{"type": "string", "format": "date-time"}""",
        "\"2024-02-29T12:00:00Z\"|\"9999-12-31T23:59:59.9999999Z\"|\"2024-01-01T00:00:00+13:59\"",
        "\"2016-12-31T23:59:60Z\"|\"0000-01-01T00:00:00Z\"|\"9999-12-31T23:59:59-01:00\"|\"2024-01-01T00:00:00+14:01\"")]
    [DataRow("""{"type": "string", "format": "date"}""", "\"0001-01-01\"|\"2024-02-29\"", "\"0000-01-01\"|\"2023-02-29\"")]
    [DataRow("""{"type": "string", "minLength": 1, "maxLength": 1}""", "\"a\"|\"é\"", "\"😀\"|\"\"")]
    [DataRow("""{"type": "string", "format": "date", "pattern": "^0000"}""", "\"0000-01-01\"", "\"0001-01-01\"")]
    [DataRow("""{"not": {"type": "integer"}}""", "0.5", "99999999999")]
    [DataRow(
        """{"type": "object", "properties": {"not": {"type": "integer"}}, "required": ["not"]}""", "{\"not\": 1}",
        "{\"not\": 99999999999}")]
    [DataRow("""{"type": "string", "format": "uri"}""", "\"https://example.com/a?b#c\"", "\"http://\"|\"http://a:99999999\"")]
    public void Narrow_Schema_AllowsWhatFits(string schema, string accepted, string refused)
    {
        TokenConstraint constraint = TokenConstraint.FromJsonSchema(DotNetValues.Narrow(schema));

        foreach (string value in accepted.Split('|'))
        {
            Assert.IsTrue(constraint.Accepts(System.Text.Encoding.UTF8.GetBytes(value)), value);
        }

        foreach (string value in refused.Split('|'))
        {
            Assert.IsFalse(constraint.Accepts(System.Text.Encoding.UTF8.GetBytes(value)), value);
        }
    }

    [TestMethod]
    [DataRow("{")]
    [DataRow("true")]
    [DataRow("""{"type": 5}""")]
    [DataRow("""{"type": ["integer", 5], "type": 1}""")]
    public void Narrow_Malformed_IsLeftToTheCompiler(string schema) =>
        Assert.AreEqual(schema, DotNetValues.Narrow(schema));

    [TestMethod]
    public void Narrow_SchemaOfAllTypes_CompilesAndFits()
    {
        string schema = AIJsonUtilities.CreateJsonSchema(typeof(Everything)).GetRawText();
        JsonNode narrowed = JsonNode.Parse(DotNetValues.Narrow(schema))!;

        Assert.AreEqual(int.MaxValue, (int)narrowed["properties"]!["number"]!["maximum"]!);
        Assert.IsNotNull(TokenConstraint.FromJsonSchema(narrowed.ToJsonString()));
    }

    private sealed record Everything(
        int Number, long Large, int? Maybe, double Real, float Small, decimal Money, Guid Id, DateTime Time, DateTimeOffset Moment,
        DateOnly Day, TimeSpan Span, char Sign, Version Version, bool Flag, DayOfWeek Weekday);
}
