using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Reads tools, and which of them must be called.</summary>
internal static class ToolReader
{
    private const string Tools = "tools";
    private const string Choice = "tool_choice";

    /// <summary>The tools as declarations.</summary>
    /// <param name="tools">The field; null is none.</param>
    /// <param name="format">How the model writes calls.</param>
    /// <exception cref="ApiError">400: one is no function or malformed, or the model knows no tools.</exception>
    public static List<AITool> Read(ToolBody[]? tools, ToolCallFormat format)
    {
        List<AITool> read = [];
        for (int i = 0; i < (tools?.Length ?? 0); i++)
        {
            read.Add(Read(tools![i], $"{Tools}[{i}]"));
        }

        return read.Count > 0 && format == ToolCallFormat.None
            ? throw ApiError.Invalid(
                "The model's chat template shows no format of tool calls that is known. Send the request without tools, or serve a model "
                + "that was trained with them.",
                Tools, "not_supported")
            : read;
    }

    /// <summary>Which tools may or must be called.</summary>
    /// <param name="choice">The field.</param>
    /// <param name="tools">The tools.</param>
    /// <exception cref="ApiError">400: it is malformed, or names a tool that there is not.</exception>
    public static ChatToolMode? ModeOf(JsonElement choice, IReadOnlyList<AITool> tools)
    {
        string? word = choice.ValueKind == JsonValueKind.String ? choice.GetString() : null;
        return choice.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String when word == "none" => ChatToolMode.None,
            JsonValueKind.String when word == "auto" => ChatToolMode.Auto,
            JsonValueKind.String when word == "required" => tools.Count > 0 ? ChatToolMode.RequireAny : throw Missing("required"),
            JsonValueKind.Object when NameOf(choice) is string name => tools.Any(tool => tool.Name == name)
                ? ChatToolMode.RequireSpecific(name)
                : throw Missing(name),
            _ => throw ApiError.Invalid(
                $"'{Choice}' should be none, auto, required, or an object that names a function.", Choice, "invalid_value"),
        };
    }

    /// <summary>The tools as an intrinsic's request has them.</summary>
    public static JsonArray ToJson(IEnumerable<AITool> tools) =>
    [
        .. tools.OfType<AIFunctionDeclaration>().Select(tool => (JsonNode)new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = tool.Name,
                ["description"] = tool.Description,
                ["parameters"] = JsonObject.Create(tool.JsonSchema),
            },
        }),
    ];

    private static AIFunctionDeclaration Read(ToolBody? tool, string place)
    {
        if (tool?.Type is not "function")
        {
            throw ApiError.Invalid(
                $"'{place}.type' should be function: other tools are a service's, and there is none here.", $"{place}.type",
                "not_supported");
        }

        if (tool.Function?.Name is not { Length: > 0 } name)
        {
            throw ApiError.Invalid($"'{place}.function.name' is missing.", $"{place}.function.name", "missing_field");
        }

        JsonElement parameters = tool.Function.Parameters;
        return parameters.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null =>
                AIFunctionFactory.CreateDeclaration(name, tool.Function.Description, Nothing()),
            JsonValueKind.Object => AIFunctionFactory.CreateDeclaration(name, tool.Function.Description, parameters),
            _ => throw ApiError.Invalid(
                $"'{place}.function.parameters' should be a JSON schema.", $"{place}.function.parameters", "invalid_type"),
        };
    }

    private static JsonElement Nothing()
    {
        using JsonDocument document = JsonDocument.Parse("""{"type": "object", "properties": {}}""");
        return document.RootElement.Clone();
    }

    // Chat completions name the function in an object of its own, responses do not.
    private static string? NameOf(JsonElement choice) =>
        choice.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.GetString() == "function"
            ? choice.TryGetProperty("function", out JsonElement function) && function.ValueKind == JsonValueKind.Object
                ? Text(function)
                : Text(choice)
            : null;

    private static string? Text(JsonElement named) =>
        named.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;

    private static ApiError Missing(string what) =>
        ApiError.Invalid($"'{Choice}' is '{what}', but 'tools' has no such function.", Choice, "no_such_tool");
}
