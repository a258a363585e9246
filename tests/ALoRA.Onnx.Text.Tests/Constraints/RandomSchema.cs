using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.Constraints;

/// <summary>Random schemas out of all keywords that are enforced. Some can't be satisfied.</summary>
internal sealed class RandomSchema(Random random)
{
    private static readonly string[] Patterns =
    [
        "^a+$", "^(ab|cd)*$", "b", "^[^x\"]{2,4}$", "^\\d{2}-\\d{2}$", "x$", "^.{0,5}$", "^[\\u00c0-\\u00ff]+$", "^\\w+\\s?\\W*$",
        "^(|a|ab{2,})$", "^[^a-z]*é?$", "\\\\", "^\\n?\\S$",
    ];

    private static readonly string[] NamePatterns = ["^a", "b", "^.{0,2}$", "^[^a]*$", "e$"];

    private static readonly string[] Names = ["a", "ab", "name", "é", "x\"y", "", "b c"];

    /// <summary>A whole schema, with a recursive definition that its parts may refer to.</summary>
    public static string Create(int seed)
    {
        RandomSchema schema = new(new Random(seed));
        JsonNode root = schema.Any(3);
        if (root is JsonObject top)
        {
            top["$defs"] = new JsonObject
            {
                ["tree"] = new JsonObject
                {
                    ["properties"] = new JsonObject
                    {
                        ["v"] = schema.Any(1),
                        ["kids"] = new JsonObject { ["type"] = "array", ["items"] = Reference(), ["maxItems"] = 2 },
                    },
                },
            };
        }

        return root.ToJsonString(
            new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private static JsonObject Reference() => new() { ["$ref"] = "#/$defs/tree" };

    private JsonNode Any(int depth) => random.Next(depth > 0 ? 28 : 8) switch
    {
        0 => new JsonObject { ["type"] = "null", ["title"] = "nothing" },
        1 => new JsonObject { ["type"] = "boolean" },
        2 => Number("integer"),
        3 => Number("number"),
        4 or 5 => Text(),
        6 => new JsonObject { ["enum"] = new JsonArray([.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Literal(1))]) },
        7 => new JsonObject { ["const"] = Literal(2) },
        8 or 9 => List(depth),
        10 or 11 => Object(depth),
        12 => new JsonObject { ["anyOf"] = new JsonArray([.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Any(depth - 1))]) },
        13 => new JsonObject { ["oneOf"] = new JsonArray(Tagged("k", depth), Tagged("l", depth), Number("integer"), Text()) },
        14 => new JsonObject { ["allOf"] = new JsonArray(Object(depth), Object(depth)) },
        15 => depth < 3 ? Reference() : JsonValue.Create(true),
        16 => new JsonObject { ["not"] = Any(depth - 1) },
        17 => new JsonObject { ["oneOf"] = new JsonArray([.. Enumerable.Range(0, 2 + random.Next(2)).Select(_ => Any(depth - 1))]) },
        18 => Conditional(depth),
        19 => new JsonObject { ["allOf"] = new JsonArray(Object(depth), new JsonObject { ["not"] = Object(depth) }) },
        20 or 21 => Containing(depth),
        22 => Different(),
        23 => new JsonObject { ["items"] = new JsonArray(Any(depth - 1), Any(depth - 1)), ["additionalItems"] = Any(depth - 1) },
        24 => Unevaluated(depth),
        _ => Patterned(depth),
    };

    private JsonObject Conditional(int depth)
    {
        JsonObject schema = new() { ["if"] = Any(depth - 1) };
        if (random.Next(3) > 0)
        {
            schema["then"] = Any(depth - 1);
        }

        if (random.Next(3) > 0)
        {
            schema["else"] = Any(depth - 1);
        }

        return schema;
    }

    private JsonObject Containing(int depth)
    {
        JsonObject schema = List(depth);
        schema["contains"] = Any(depth - 1);
        if (random.Next(2) == 0)
        {
            schema["minContains"] = random.Next(3);
        }

        if (random.Next(2) == 0)
        {
            schema["maxContains"] = 1 + random.Next(2);
        }

        return schema;
    }

    private JsonObject Different() => new()
    {
        ["type"] = "array",
        ["items"] = new JsonObject { ["enum"] = new JsonArray([.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Literal(1))]) },
        ["uniqueItems"] = true,
        ["minItems"] = random.Next(2),
    };

    private JsonObject Unevaluated(int depth)
    {
        JsonObject schema = Object(depth);
        schema["anyOf"] = new JsonArray(Object(depth), Object(depth));
        schema["unevaluatedProperties"] = random.Next(2) == 0 ? JsonValue.Create(false) : Any(depth - 1);
        schema.Remove("additionalProperties");
        return schema;
    }

    private JsonObject Patterned(int depth)
    {
        JsonObject schema = Object(depth);
        if (random.Next(2) == 0)
        {
            JsonObject patterns = [];
            foreach (string pattern in NamePatterns.OrderBy(_ => random.Next()).Take(1 + random.Next(2)))
            {
                patterns[pattern] = Any(depth - 1);
            }

            schema["patternProperties"] = patterns;
        }

        int low = random.Next(3);
        (string Keyword, Func<JsonNode> Value)[] others =
        [
            ("minProperties", () => low), ("maxProperties", () => low + random.Next(3)), ("propertyNames", Text),
            ("dependentRequired", () => new JsonObject { ["a"] = new JsonArray("ab"), ["name"] = new JsonArray("a", "é") }),
            ("dependentSchemas", () => new JsonObject { ["ab"] = Object(depth) }),
        ];
        foreach ((string keyword, Func<JsonNode> value) in others)
        {
            if (random.Next(4) == 0)
            {
                schema[keyword] = value();
            }
        }

        return schema;
    }

    private JsonObject Number(string type)
    {
        JsonObject schema = new() { ["type"] = type };
        decimal low = random.Next(-300, 300) / (random.Next(2) == 0 ? 1m : 8m);
        if (random.Next(2) == 0)
        {
            schema[random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low;
        }

        if (random.Next(4) == 0)
        {
            schema["multipleOf"] = new[] { 1m, 2m, 3m, 0.5m, 0.25m, 7m, 1.5m }[random.Next(7)];
        }

        if (random.Next(2) == 0)
        {
            schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = low + (random.Next(0, 500) / (random.Next(2) == 0 ? 1m : 4m));
        }

        return schema;
    }

    private JsonObject Text()
    {
        JsonObject schema = new() { ["type"] = "string" };
        int low = random.Next(4);
        if (random.Next(3) == 0)
        {
            schema["minLength"] = low;
        }

        if (random.Next(3) == 0)
        {
            schema["maxLength"] = low + random.Next(5);
        }

        if (random.Next(3) == 0)
        {
            schema["pattern"] = Patterns[random.Next(Patterns.Length)];
        }

        return schema;
    }

    private JsonObject List(int depth)
    {
        JsonObject schema = new() { ["type"] = "array" };
        if (random.Next(4) > 0)
        {
            schema["items"] = Any(depth - 1);
        }

        if (random.Next(3) == 0)
        {
            schema["prefixItems"] = new JsonArray([.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => Any(depth - 1))]);
        }

        int low = random.Next(3);
        if (random.Next(2) == 0)
        {
            schema["minItems"] = low;
        }

        if (random.Next(2) == 0)
        {
            schema["maxItems"] = low + random.Next(3);
        }

        return schema;
    }

    private JsonObject Object(int depth)
    {
        JsonObject properties = [];
        foreach (string name in Names.OrderBy(_ => random.Next()).Take(random.Next(4)))
        {
            properties[name] = Any(depth - 1);
        }

        JsonObject schema = new() { ["type"] = "object", ["properties"] = properties };
        schema["required"] = new JsonArray(
            [.. properties.Select(property => property.Key).Where(_ => random.Next(2) == 0).Select(name => JsonValue.Create(name))]);
        if (random.Next(3) == 0)
        {
            schema["additionalProperties"] = random.Next(2) == 0 ? JsonValue.Create(false) : Any(depth - 1);
        }

        return schema;
    }

    private JsonObject Tagged(string tag, int depth)
    {
        JsonObject schema = Object(depth);
        ((JsonObject)schema["properties"]!)["tag"] = new JsonObject { ["const"] = tag };
        ((JsonArray)schema["required"]!).Add("tag");
        return schema;
    }

    private JsonNode? Literal(int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => null,
        1 => random.Next(-20, 20),
        2 => 1.5m,
        3 => true,
        4 => Names[random.Next(Names.Length)],
        5 => new JsonArray(Literal(depth - 1), Literal(depth - 1)),
        _ => new JsonObject { ["a"] = Literal(depth - 1), ["é"] = Literal(depth - 1) },
    };
}
