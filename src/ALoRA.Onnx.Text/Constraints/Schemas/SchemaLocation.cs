using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>A schema, or a value of a keyword, and where it stands.</summary>
/// <param name="Pointer">JSON pointer within the document; it identifies the location.</param>
/// <param name="Element">The JSON at the place.</param>
internal readonly record struct SchemaLocation(string Pointer, JsonElement Element)
{
    public bool Equals(SchemaLocation other) => Pointer == other.Pointer;

    public override int GetHashCode() => Pointer.GetHashCode(StringComparison.Ordinal);

    /// <summary>The value of a keyword, or null.</summary>
    public SchemaLocation? Find(string keyword) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(keyword, out JsonElement value) ? Child(keyword, value) : null;

    public SchemaLocation Child(string key, JsonElement value) => new($"{Pointer}/{Escape(key)}", value);

    public SchemaLocation Child(int index) => new($"{Pointer}/{index}", Element[index]);

    public IEnumerable<SchemaLocation> Items()
    {
        int index = 0;
        foreach (JsonElement item in Element.EnumerateArray())
        {
            yield return new SchemaLocation($"{Pointer}/{index++}", item);
        }
    }

    public IEnumerable<(string Name, SchemaLocation Value)> Members()
    {
        foreach (JsonProperty property in Element.EnumerateObject())
        {
            yield return (property.Name, Child(property.Name, property.Value));
        }
    }

    public JsonSchemaException Error(string problem) => new(Pointer, problem);

    private static string Escape(string key) =>
        key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
