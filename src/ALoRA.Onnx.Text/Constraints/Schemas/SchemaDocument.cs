using System.Globalization;
using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>A whole schema: finds what references point to.</summary>
internal sealed class SchemaDocument(JsonElement root)
{
    /// <summary>Most levels of JSON, so that reading by recursion is safe.</summary>
    public const int MaxDepth = 256;

    public SchemaLocation Root { get; } = new("", root);

    /// <summary>The schema that a <c>$ref</c> points to.</summary>
    /// <exception cref="JsonSchemaException">It points out of the document, or to nothing.</exception>
    public SchemaLocation Resolve(SchemaLocation reference)
    {
        string text = reference.Element.GetString()!;
        if (text.Length == 0 || text[0] != '#' || (text.Length > 1 && text[1] != '/'))
        {
            throw reference.Error(
                $"expected a reference within the schema ('#' or '#/…'), got '{text}'. Copy the schema that is meant into $defs.");
        }

        SchemaLocation found = Root;
        foreach (string part in Uri.UnescapeDataString(text).Split('/').Skip(1))
        {
            found = Step(found, part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
                ?? throw reference.Error($"there is nothing at '{text}'. Correct the reference, or add the schema.");
        }

        return found.Element.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False
            ? found
            : throw reference.Error($"expected a schema at '{text}', got {SchemaText.Kind(found.Element)}.");
    }

    private static SchemaLocation? Step(SchemaLocation from, string part)
    {
        switch (from.Element.ValueKind)
        {
            case JsonValueKind.Object:
                return from.Find(part);
            case JsonValueKind.Array:
                return int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                    && index < from.Element.GetArrayLength()
                    ? from.Child(index)
                    : null;
            default:
                return null;
        }
    }
}
