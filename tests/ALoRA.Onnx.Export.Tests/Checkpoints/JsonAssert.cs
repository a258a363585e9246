using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Checkpoints;

/// <summary>Compares JSON by value: 1 equals 1.0, the order of keys does not count.</summary>
internal static class JsonAssert
{
    public static void AreEqual(JsonNode? expected, JsonNode? actual, string message) =>
        Assert.IsTrue(Same(expected, actual), $"{message}: expected {expected?.ToJsonString()}, got {actual?.ToJsonString()}");

    private static bool Same(JsonNode? expected, JsonNode? actual) => (expected, actual) switch
    {
        (null, null) => true,
        (JsonObject left, JsonObject right) =>
            left.Count == right.Count && left.All(entry => right.ContainsKey(entry.Key) && Same(entry.Value, right[entry.Key])),
        (JsonArray left, JsonArray right) => left.Count == right.Count && left.Zip(right, Same).All(same => same),
        (JsonValue left, JsonValue right) when left.GetValueKind() == JsonValueKind.Number && right.GetValueKind() == JsonValueKind.Number =>
            double.Parse(left.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
            == double.Parse(right.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture),
        _ => JsonNode.DeepEquals(expected, actual),
    };
}
