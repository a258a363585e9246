using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Checkpoints;

/// <summary>Compares JSON by value: 1 equals 1.0, the order of keys does not count.</summary>
internal static class JsonAssert
{
    public static void AreEqual(JsonNode? expected, JsonNode? actual, string message) =>
        AreClose(expected, actual, relativeTolerance: 0, message);

    /// <summary>The same with numbers that may differ by a share of the expected one.</summary>
    public static void AreClose(JsonNode? expected, JsonNode? actual, double relativeTolerance, string message) =>
        Assert.IsTrue(Same(expected, actual, relativeTolerance), $"{message}: expected {expected?.ToJsonString()}, got "
            + $"{actual?.ToJsonString()}");

    private static bool Same(JsonNode? expected, JsonNode? actual, double tolerance) => (expected, actual) switch
    {
        (null, null) => true,
        (JsonObject left, JsonObject right) =>
            left.Count == right.Count && left.All(entry => right.ContainsKey(entry.Key) && Same(entry.Value, right[entry.Key], tolerance)),
        (JsonArray left, JsonArray right) =>
            left.Count == right.Count && left.Zip(right, (one, other) => Same(one, other, tolerance)).All(same => same),
        (JsonValue left, JsonValue right) when left.GetValueKind() == JsonValueKind.Number
            && right.GetValueKind() == JsonValueKind.Number =>
            Math.Abs(Number(left) - Number(right)) <= tolerance * Math.Abs(Number(left)),
        _ => JsonNode.DeepEquals(expected, actual),
    };

    private static double Number(JsonValue value) => double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
}
