using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>What it means that a value is not a certain list or object: another type, another size, or another part.</summary>
internal static class LiteralNegation
{
    /// <summary>All ways to differ; none for values without parts, which are told apart where values are written.</summary>
    public static IReadOnlyList<Facts> Of(JsonElement literal, string key) => literal.ValueKind switch
    {
        JsonValueKind.Array => OfArray(literal, key),
        JsonValueKind.Object => OfObject(literal, key),
        _ => [],
    };

    private static List<Facts> OfArray(JsonElement literal, string key)
    {
        JsonElement[] items = [.. literal.EnumerateArray()];
        List<Facts> ways = [OtherType(JsonType.Array, key), Array($"{key} longer", new ArrayFacts { Min = items.Length + 1 })];
        if (items.Length > 0)
        {
            ways.Add(Array($"{key} shorter", new ArrayFacts { Max = items.Length - 1 }));
        }

        for (int i = 0; i < items.Length; i++)
        {
            ways.Add(Array(
                $"{key} {i}", new ArrayFacts { Min = i + 1, Prefix = [.. Enumerable.Repeat(Claim.Always, i), OtherThan(items[i])] }));
        }

        return ways;
    }

    private static List<Facts> OfObject(JsonElement literal, string key)
    {
        JsonProperty[] members = [.. literal.EnumerateObject()];
        List<Facts> ways = [OtherType(JsonType.Object, key), Object($"{key} more", new ObjectFacts([]) { Min = members.Length + 1 })];
        foreach (JsonProperty member in members)
        {
            ways.Add(Negation.Members($"{key} without {member.Name}", [], [member.Name]));
            ways.Add(Object(
                $"{key} {member.Name}", new ObjectFacts([(member.Name, OtherThan(member.Value))]) { Required = [member.Name] }));
        }

        return ways;
    }

    private static Claim OtherThan(JsonElement value)
    {
        string raw = value.GetRawText();
        using JsonDocument schema = JsonDocument.Parse(
            $"{{\"enum\":[{raw}]}}", new JsonDocumentOptions { MaxDepth = SchemaDocument.MaxDepth });
        return new Claim(new SchemaLocation($"(other than) {raw}", schema.RootElement.Clone()), Negated: true);
    }

    private static Facts OtherType(JsonType type, string key) =>
        new() { Key = $"{key} type", Types = JsonType.All & ~type, HasTypes = true };

    private static Facts Array(string key, ArrayFacts array) => new() { Key = key, Types = JsonType.Array, HasTypes = true, Array = array };

    private static Facts Object(string key, ObjectFacts members) =>
        new() { Key = key, Types = JsonType.Object, HasTypes = true, Object = members };
}
