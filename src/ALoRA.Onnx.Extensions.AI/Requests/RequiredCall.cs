using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>A call that the model has to make: how its answer starts, and the schema of what follows.</summary>
/// <param name="Opening">What stands before the JSON; part of the prompt, and of the answer as the parser sees it.</param>
/// <param name="Schema">Schema of the rest of the answer.</param>
internal sealed record RequiredCall(string Opening, JsonObject Schema)
{
    /// <summary>The call that a mode requires.</summary>
    /// <param name="format">How the model writes calls.</param>
    /// <param name="namesCalls">
    /// Whether a function's name may stand outside of the JSON: the template writes it there, as Mistral's newer ones do, and it is plain.
    /// </param>
    /// <param name="tools">Functions that may be called.</param>
    /// <param name="mode">Which of them must be.</param>
    /// <param name="isSingle">Whether one call is enough.</param>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    public static RequiredCall Create(
        ToolCallFormat format, Func<string, bool> namesCalls, IReadOnlyList<AIFunctionDeclaration> tools, RequiredChatToolMode mode,
        bool isSingle)
    {
        AIFunctionDeclaration[] candidates =
            [.. tools.Where(tool => mode.RequiredFunctionName is null || tool.Name == mode.RequiredFunctionName)];
        if (candidates.Length == 0)
        {
            throw new ArgumentException(
                $"{nameof(ChatOptions)}.{nameof(ChatOptions.ToolMode)} requires "
                + $"{(mode.RequiredFunctionName is string name ? $"the function '{name}'" : "a call")}, but the request brings "
                + $"{(tools.Count == 0 ? "no tools" : string.Join(", ", tools.Select(tool => tool.Name)))}.",
                nameof(mode));
        }

        return format switch
        {
            ToolCallFormat.Hermes => new RequiredCall(ToolCallMarks.Hermes + "\n", Call(candidates, "arguments", "#")),
            ToolCallFormat.Granite => new RequiredCall(ToolCallMarks.Granite, Calls(candidates, isSingle)),
            ToolCallFormat.Mistral when candidates.Length == 1 && namesCalls(candidates[0].Name) => new RequiredCall(
                ToolCallMarks.Mistral + candidates[0].Name + ToolCallMarks.MistralArguments, Arguments(candidates[0], "#")),
            ToolCallFormat.Mistral => new RequiredCall(ToolCallMarks.Mistral, Calls(candidates, isSingle)),
            ToolCallFormat.Llama => new RequiredCall("", Call(candidates, "parameters", "#")),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No call can be written in this format."),
        };
    }

    /// <summary>
    /// Whether a function's name may stand in the prompt as it is. One with a token in it would be that token there; it is left to the JSON
    /// that the model writes, where it is text.
    /// </summary>
    public static bool IsPlain(string name, HfTokenizer tokenizer) =>
        name.All(unit => char.IsLetterOrDigit(unit) || unit is '_' or '-' or '.') && !tokenizer.Encode(name).Any(tokenizer.IsSpecial);

    private static JsonObject Calls(AIFunctionDeclaration[] tools, bool isSingle)
    {
        JsonObject schema = new() { ["type"] = "array", ["items"] = Call(tools, "arguments", "#/items"), ["minItems"] = 1 };
        if (isSingle)
        {
            schema["maxItems"] = 1;
        }

        return schema;
    }

    private static JsonObject Call(AIFunctionDeclaration[] tools, string arguments, string place) => tools.Length == 1
        ? Call(tools[0], arguments, place)
        : new JsonObject
        {
            ["anyOf"] = new JsonArray([.. tools.Select((tool, i) => (JsonNode)Call(tool, arguments, $"{place}/anyOf/{i}"))]),
        };

    private static JsonObject Call(AIFunctionDeclaration tool, string arguments, string place) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["name"] = new JsonObject { ["const"] = tool.Name },
            [arguments] = Arguments(tool, $"{place}/properties/{arguments}"),
        },
        ["required"] = new JsonArray("name", arguments),
        ["additionalProperties"] = false,
    };

    private static JsonObject Arguments(AIFunctionDeclaration tool, string place)
    {
        JsonObject schema = JsonValues.Of(tool.JsonSchema) as JsonObject ?? [];
        if (schema["properties"] is not JsonObject { Count: > 0 } && !schema.ContainsKey("$ref"))
        {
            // A function without parameters takes none, not any.
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
        }

        schema.Remove("$schema");
        MoveReferences(schema, place);
        return schema;
    }

    // References count from the root, which the function's schema is no more.
    private static void MoveReferences(JsonNode? node, string place)
    {
        if (node is JsonArray list)
        {
            foreach (JsonNode? item in list)
            {
                MoveReferences(item, place);
            }
        }
        else if (node is JsonObject json)
        {
            foreach ((string key, JsonNode? value) in json.ToArray())
            {
                if (key == "$ref" && value is JsonValue reference && reference.TryGetValue(out string? target) && target.StartsWith('#'))
                {
                    json[key] = place + target[1..];
                }
                else
                {
                    MoveReferences(value, place);
                }
            }
        }
    }
}
