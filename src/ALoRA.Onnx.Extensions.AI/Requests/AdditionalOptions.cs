using System.Collections.ObjectModel;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>What <see cref="ChatOptions.AdditionalProperties"/> say, all keys known.</summary>
internal sealed record AdditionalOptions
{
    private static readonly string[] Reserved = ["messages", "tools", "documents", "add_generation_prompt"];

    public JsonArray? Documents { get; private init; }

    public JsonObject? TemplateVariables { get; private init; }

    /// <summary>Numbers of the generation, by key.</summary>
    public IReadOnlyDictionary<string, double> Numbers { get; private init; } = ReadOnlyDictionary<string, double>.Empty;

    public string? Adapter { get; private init; }

    public string? CacheScope { get; private init; }

    /// <param name="properties">The properties; null is none.</param>
    /// <param name="passedOver">
    /// Takes note of keys that are ignored; null refuses them. Those that begin as this client's own are always refused: they are misspelt.
    /// </param>
    /// <exception cref="NotSupportedException">A key is not known.</exception>
    /// <exception cref="ArgumentException">A value has the wrong type.</exception>
    public static AdditionalOptions Read(AdditionalPropertiesDictionary? properties, PassedOverOptions? passedOver)
    {
        Dictionary<string, double> numbers = [];
        AdditionalOptions options = new() { Numbers = numbers };
        foreach ((string key, object? value) in properties ?? [])
        {
            if (value is not null && IsParameter(key))
            {
                numbers.Add(key, JsonValues.NumberOf(key, value));
                continue;
            }

            if (passedOver is not null && value is not null && !IsOwn(key))
            {
                passedOver.Add($"{nameof(ChatOptions)}.{nameof(ChatOptions.AdditionalProperties)}[\"{key}\"]", "the key is not known");
                continue;
            }

            options = value is null ? options : key switch
            {
                AloraChatKeys.Documents => options with { Documents = JsonValues.ArrayOf(key, value) },
                AloraChatKeys.TemplateVariables => options with { TemplateVariables = VariablesOf(key, value) },
                AloraChatKeys.Adapter => options with { Adapter = JsonValues.TextOf(key, value) },
                AloraChatKeys.CacheScope => options with { CacheScope = JsonValues.TextOf(key, value) },
                _ => throw new NotSupportedException(
                    $"{nameof(ChatOptions)}.{nameof(ChatOptions.AdditionalProperties)} has the key '{key}', which is not known "
                    + "and would have no effect. "
                    + $"Known are the constants of {nameof(AloraChatKeys)}; variables of the chat template go into "
                    + $"'{AloraChatKeys.TemplateVariables}'."),
            };
        }

        return options;
    }

    private static bool IsOwn(string key) => key.StartsWith(AloraChatKeys.ParameterPrefix, StringComparison.Ordinal);

    private static bool IsParameter(string key) => key.StartsWith(AloraChatKeys.ParameterPrefix, StringComparison.Ordinal)
        && GenerationParameters.Find(key[AloraChatKeys.ParameterPrefix.Length..]) is not null;

    private static JsonObject VariablesOf(string key, object value)
    {
        JsonObject variables = JsonValues.ObjectOf(key, value);
        return Array.Find(Reserved, variables.ContainsKey) is string reserved
            ? throw new ArgumentException(
                $"'{key}' holds the variable '{reserved}', which messages, tools and documents of the request decide. Take it out.")
            : variables;
    }
}
