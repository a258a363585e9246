using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>What <see cref="ChatOptions.AdditionalProperties"/> say, all keys known.</summary>
internal sealed record AdditionalOptions
{
    private static readonly string[] Reserved = ["messages", "tools", "documents", "add_generation_prompt"];

    public JsonArray? Documents { get; private init; }

    public JsonObject? TemplateVariables { get; private init; }

    public float? MinP { get; private init; }

    public float? RepetitionPenalty { get; private init; }

    public string? Adapter { get; private init; }

    /// <exception cref="NotSupportedException">A key is not known.</exception>
    /// <exception cref="ArgumentException">A value has the wrong type.</exception>
    public static AdditionalOptions Read(AdditionalPropertiesDictionary? properties)
    {
        AdditionalOptions options = new();
        foreach ((string key, object? value) in properties ?? [])
        {
            options = value is null ? options : key switch
            {
                AloraChatKeys.Documents => options with { Documents = JsonValues.ArrayOf(key, value) },
                AloraChatKeys.TemplateVariables => options with { TemplateVariables = VariablesOf(key, value) },
                AloraChatKeys.MinP => options with { MinP = JsonValues.NumberOf(key, value) },
                AloraChatKeys.RepetitionPenalty => options with { RepetitionPenalty = JsonValues.NumberOf(key, value) },
                AloraChatKeys.Adapter => options with { Adapter = JsonValues.TextOf(key, value) },
                _ => throw new NotSupportedException(
                    $"{nameof(ChatOptions)}.{nameof(ChatOptions.AdditionalProperties)} has the key '{key}', which is not known and would have no effect. "
                    + $"Known are the constants of {nameof(AloraChatKeys)}; variables of the chat template go into '{AloraChatKeys.TemplateVariables}'."),
            };
        }

        return options;
    }

    private static JsonObject VariablesOf(string key, object value)
    {
        JsonObject variables = JsonValues.ObjectOf(key, value);
        return Array.Find(Reserved, variables.ContainsKey) is string reserved
            ? throw new ArgumentException($"'{key}' holds the variable '{reserved}', which messages, tools and documents of the request decide. Take it out.")
            : variables;
    }
}
