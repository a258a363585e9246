using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>
/// Narrows schemas so that what is generated fits .NET's types. A schema that was made from a type says of an Int32 that it is an
/// integer, and of a DateTime that it is a date-time, but JSON has many of both that no reader of that type takes.
/// </summary>
/// <remarks>
/// Only what the schema leaves open is narrowed: an integer without a range to Int32, any other number to what a Decimal holds, dates and
/// times to the years and offsets of DateTime, strings of one character to one UTF-16 unit. Bounds and patterns of the schema stay as they
/// are. A schema in which less here would mean more elsewhere (<c>not</c>, <c>if</c>, <c>oneOf</c> and the like) is left alone.
/// </remarks>
internal static class DotNetValues
{
    private const int MaxLevels = 256;
    private const decimal LargestNumber = 9_999_999_999_999_999_999_999_999_999m;
    private const string Clock = @"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?";
    private const string Offset = @"(Z|[+-](0\d|1[0-3]):[0-5]\d)";

    // The first and the last year only in UTC: with an offset the moment may lie outside of what DateTime can hold.
    private const string Moment =
        @"^(([1-8]\d{3}|9[0-8]\d\d|99[0-8]\d|999[0-8]|0[1-9]\d\d|00[1-9]\d|000[2-9])-\d\d-\d\dT" + Clock + Offset
        + @"|(0001|9999)-\d\d-\d\dT" + Clock + "Z)$";

    private const string Day = @"^([1-9]\d{3}|0[1-9]\d\d|00[1-9]\d|000[1-9])-";
    private const string Link = @"^[a-zA-Z][a-zA-Z0-9+.\-]+:\/\/[a-zA-Z0-9]{1,30}(\.[a-zA-Z0-9]{1,30}){0,4}(:[1-9]\d{0,3})?([\/?#]|$)";

    // What .NET's exporter says about these types, and less of it: all of it would overflow.
    private const string TimeSpanComment = "Represents a System.TimeSpan value.";
    private const string TimeSpan = @"^-?(\d{1,7}\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?$";
    private const string VersionComment = "Represents a version string.";
    private const string Version = @"^\d{1,9}(\.\d{1,9}){1,3}$";

    private static readonly string[] Opposites =
        ["not", "if", "oneOf", "contains", "dependentSchemas", "dependencies", "unevaluatedProperties", "unevaluatedItems"];

    private static readonly string[] Bounds =
        ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const"];

    /// <summary>The schema to generate with, as JSON text.</summary>
    /// <param name="schema">The schema as JSON text. What is malformed is given back as it is: whoever compiles it says why.</param>
    public static string Narrow(string schema)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(schema, documentOptions: new() { MaxDepth = MaxLevels });
            List<JsonObject> schemas = [];
            if (!TryCollect(root, schemas))
            {
                return schema;
            }

            schemas.ForEach(NarrowOne);
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or ArgumentException)
        {
            return schema;
        }

        return root?.ToJsonString() ?? schema;
    }

    // All schemas within one; false if one must not be narrowed.
    private static bool TryCollect(JsonNode? root, List<JsonObject> schemas)
    {
        Stack<JsonNode?> open = new([root]);
        while (open.TryPop(out JsonNode? node))
        {
            if (node is not JsonObject schema)
            {
                continue;
            }

            schemas.Add(schema);
            foreach ((string keyword, JsonNode? value) in schema)
            {
                if (Opposites.Contains(keyword))
                {
                    return false;
                }

                switch (keyword)
                {
                    case "properties" or "patternProperties" or "$defs" or "definitions" when value is JsonObject members:
                        members.Select(member => member.Value).ToList().ForEach(open.Push);
                        break;
                    case "allOf" or "anyOf" or "prefixItems" or "items" or "additionalItems" or "additionalProperties":
                        (value is JsonArray list ? list.ToList() : [value]).ForEach(open.Push);
                        break;
                    default:
                        break;
                }
            }
        }

        return true;
    }

    private static void NarrowOne(JsonObject schema)
    {
        string[] types = schema["type"] switch
        {
            JsonArray list => [.. list.Select(one => (string)one!)],
            JsonValue one => [(string)one!],
            _ => [],
        };
        if (!Array.Exists(Bounds, schema.ContainsKey) && !schema.ContainsKey("$ref") && !schema.ContainsKey("allOf"))
        {
            if (types.Contains("number"))
            {
                (schema["minimum"], schema["maximum"]) = (-LargestNumber, LargestNumber);
            }
            else if (types.Contains("integer"))
            {
                (schema["minimum"], schema["maximum"]) = (int.MinValue, int.MaxValue);
            }
        }

        if (types.Contains("string") && !schema.ContainsKey("enum") && !schema.ContainsKey("const") && PatternOf(schema) is string pattern)
        {
            schema["pattern"] = pattern;
        }
    }

    private static string? PatternOf(JsonObject schema)
    {
        if (schema.ContainsKey("pattern"))
        {
            return Text(schema, "$comment") switch
            {
                TimeSpanComment => TimeSpan,
                VersionComment => Version,
                _ => null,
            };
        }

        return Text(schema, "format") switch
        {
            "date-time" => Moment,
            "date" => Day,
            "uri" => Link,
            null when schema["maxLength"] is JsonValue length && length.TryGetValue(out int most) && most == 1 => @"^[\u0000-\uFFFF]?$",
            _ => null,
        };
    }

    private static string? Text(JsonObject schema, string keyword) =>
        schema[keyword] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
