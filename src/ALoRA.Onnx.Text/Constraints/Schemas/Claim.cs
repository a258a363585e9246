using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>A schema that a value must satisfy, or must not.</summary>
internal readonly record struct Claim(SchemaLocation Schema, bool Negated = false)
{
    /// <summary>Holds for every value.</summary>
    public static Claim Always { get; } = new(new SchemaLocation("(any)", Parse("true")));

    /// <summary>Holds for no value.</summary>
    public static Claim Never => Always.Not;

    public Claim Not => this with { Negated = !Negated };

    public bool IsAlways => Negated ? Schema.Element.ValueKind == JsonValueKind.False : SaysNothing(Schema.Element);

    public bool IsNever => Not.IsAlways;

    public string Key => Negated ? $"!{Schema.Pointer}" : $"#{Schema.Pointer}";

    private static bool SaysNothing(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.True || (schema.ValueKind == JsonValueKind.Object && schema.GetPropertyCount() == 0);

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
