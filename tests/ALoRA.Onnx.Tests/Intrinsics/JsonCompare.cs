using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Tests.Intrinsics;

/// <summary>Compares JSON by value: keys in any order, numbers within a tolerance.</summary>
internal static class JsonCompare
{
    /// <summary>The first difference; null if there is none.</summary>
    public static string? Difference(JsonNode? expected, JsonNode? actual, double tolerance, string place = "$")
    {
        if (expected is null || actual is null)
        {
            return ReferenceEquals(expected, actual) ? null : $"{place}: expected {Show(expected)}, got {Show(actual)}";
        }

        switch (expected, actual)
        {
            case (JsonObject left, JsonObject right):
                string[] keys = [.. left.Select(pair => pair.Key).Union(right.Select(pair => pair.Key), StringComparer.Ordinal)];
                return keys.Select(key => left.ContainsKey(key) == right.ContainsKey(key)
                        ? Difference(left[key], right[key], tolerance, $"{place}.{key}")
                        : $"{place}.{key}: {(left.ContainsKey(key) ? "missing" : "not expected")}")
                    .FirstOrDefault(difference => difference is not null);
            case (JsonArray left, JsonArray right):
                return left.Count != right.Count
                    ? $"{place}: expected {left.Count} items, got {right.Count}"
                    : left.Select((item, i) => Difference(item, right[i], tolerance, $"{place}[{i}]"))
                        .FirstOrDefault(difference => difference is not null);
            case (JsonValue left, JsonValue right) when left.GetValueKind() == JsonValueKind.Number
                && right.GetValueKind() == JsonValueKind.Number:
                return Math.Abs(Number(left) - Number(right)) <= tolerance ? null : $"{place}: expected {Show(left)}, got {Show(right)}";
            default:
                return JsonNode.DeepEquals(expected, actual) ? null : $"{place}: expected {Show(expected)}, got {Show(actual)}";
        }
    }

    private static double Number(JsonValue value) => double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

    private static string Show(JsonNode? node) => node?.ToJsonString() ?? "null";
}
