using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Makes tools into the variable <c>tools</c> of chat templates: JSON schemas of functions, as Transformers passes them.</summary>
internal static class ToolDeclarations
{
    /// <exception cref="NotSupportedException">A tool is not a function.</exception>
    public static JsonArray Write(IEnumerable<AIFunctionDeclaration> tools) => [.. tools.Select(tool => (JsonNode)new JsonObject
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = tool.Name,
            ["description"] = tool.Description,
            ["parameters"] = JsonValues.Of(tool.JsonSchema),
        },
    })];

    /// <summary>The functions among tools, which must be all of them.</summary>
    /// <exception cref="NotSupportedException">A tool is not a function.</exception>
    public static AIFunctionDeclaration[] FunctionsOf(IEnumerable<AITool> tools) => [.. tools.Select(tool => tool as AIFunctionDeclaration
        ?? throw new NotSupportedException(
            $"The tool '{tool.Name}' is a {tool.GetType().Name}, which a service would have to run. A local model can only call functions; "
            + "give an AIFunction or an AIFunctionDeclaration."))];
}
