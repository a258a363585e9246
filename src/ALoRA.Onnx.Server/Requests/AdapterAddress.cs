using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Which adapter a request is for, and what of it reaches the chat template beside messages and tools.</summary>
/// <param name="Adapter">Name of the adapter; null for the base.</param>
/// <param name="Documents">Documents; null if the request has none.</param>
/// <param name="Variables">Other variables of the template; null if there are none.</param>
internal sealed record AdapterAddress(string? Adapter, JsonArray? Documents, JsonObject? Variables)
{
    private const string Kwargs = "chat_template_kwargs";
    private const string AdapterName = "adapter_name";
    private const string DocumentsName = "documents";
    private static readonly string[] Reserved = ["messages", "tools", "add_generation_prompt"];

    /// <summary>Reads the fields that say so.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="model">The field <c>model</c>.</param>
    /// <param name="kwargs">The field <c>chat_template_kwargs</c>.</param>
    /// <param name="documents">The field <c>documents</c>.</param>
    /// <exception cref="ApiError">404: there is no such model or adapter; 400: the fields contradict each other.</exception>
    public static AdapterAddress Read(OpenedModel opened, string? model, JsonObject? kwargs, JsonArray? documents)
    {
        string? adapter = opened.Adapters.Resolve(model);
        if (kwargs is null)
        {
            return new AdapterAddress(adapter, documents, null);
        }

        JsonObject variables = kwargs.DeepClone().AsObject();
        if (Take(variables, AdapterName) is JsonNode name)
        {
            string named = name is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong(AdapterName, "a text");
            adapter = Combine(opened, adapter, model, named);
        }

        if (Take(variables, DocumentsName) is JsonNode given)
        {
            JsonArray list = given as JsonArray ?? throw Wrong(DocumentsName, "a list");
            documents = documents is null || JsonNode.DeepEquals(documents, list)
                ? list
                : throw ApiError.Invalid(
                    $"'{DocumentsName}' and '{Kwargs}.{DocumentsName}' are not the same. Send one of them.", DocumentsName,
                    "contradiction");
        }

        return Array.Find(Reserved, variables.ContainsKey) is string reserved
            ? throw ApiError.Invalid(
                $"'{Kwargs}.{reserved}' is what other fields of the request decide. Take it out.", $"{Kwargs}.{reserved}", "reserved")
            : new AdapterAddress(adapter, documents, variables.Count == 0 ? null : variables);
    }

    private static string Combine(OpenedModel opened, string? adapter, string? model, string named)
    {
        string? resolved;
        try
        {
            resolved = named.Length == 0 ? null : opened.Adapters.Resolve(named);
        }
        catch (ApiError error) when (error.Code == "model_not_found")
        {
            throw ApiError.NotFound(
                $"There is no adapter '{named}'. GET /v1/models lists those that there are.", $"{Kwargs}.{AdapterName}", "model_not_found");
        }

        return resolved is not null && (adapter is null || adapter == resolved)
            ? resolved
            : throw ApiError.Invalid(
                $"'model' is '{model}', but '{Kwargs}.{AdapterName}' is '{named}'. Send one of them, or the same in both.",
                $"{Kwargs}.{AdapterName}", "contradiction");
    }

    private static JsonNode? Take(JsonObject variables, string name)
    {
        JsonNode? value = variables[name];
        variables.Remove(name);
        return value;
    }

    private static ApiError Wrong(string name, string expected) =>
        ApiError.Invalid($"'{Kwargs}.{name}' should be {expected}.", $"{Kwargs}.{name}", "invalid_type");
}
