using System.Globalization;
using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>A whole schema: finds what references point to.</summary>
internal sealed class SchemaDocument
{
    /// <summary>Most levels of JSON, so that reading by recursion is safe.</summary>
    public const int MaxDepth = 256;

    private readonly SchemaResources _resources;

    /// <exception cref="JsonSchemaException">The schema is of a draft before 4.</exception>
    public SchemaDocument(JsonElement root)
    {
        Root = new SchemaLocation("", root);
        _resources = new SchemaResources(Root, Dialects.Of(Root) ?? Dialect.Unstated);
    }

    public SchemaLocation Root { get; }

    /// <summary>The draft that counts at a place.</summary>
    public Dialect DialectOf(SchemaLocation schema) => _resources.Of(schema.Pointer).Dialect;

    /// <summary>The schema that a <c>$ref</c> points to.</summary>
    /// <exception cref="JsonSchemaException">It points out of the document, or to nothing.</exception>
    public SchemaLocation Resolve(SchemaLocation reference)
    {
        string text = reference.Element.GetString()!;
        int mark = text.IndexOf('#', StringComparison.Ordinal);
        (string identifier, string fragment) = mark < 0 ? (text, "") : (text[..mark], text[(mark + 1)..]);
        SchemaResources.Resource here = _resources.Of(reference.Pointer);
        SchemaResources.Resource resource = identifier.Length == 0 && mark >= 0
            ? here
            : _resources.Find(here, identifier)
                ?? throw reference.Error(
                    $"expected a reference within the schema ('#', '#/…', or an $id that it has), got '{text}'. Copy the schema that is "
                    + "meant into $defs.");
        SchemaLocation found = Find(resource, Uri.UnescapeDataString(fragment))
            ?? throw reference.Error($"there is nothing at '{text}'. Correct the reference, or add the schema.");
        return found.Element.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False
            ? found
            : throw reference.Error($"expected a schema at '{text}', got {SchemaText.Kind(found.Element)}.");
    }

    /// <summary>The schema that a <c>$dynamicRef</c> or <c>$recursiveRef</c> points to, wherever it is reached from.</summary>
    /// <exception cref="JsonSchemaException">That depends on where it is reached from, or it points to nothing.</exception>
    public SchemaLocation ResolveDynamic(SchemaLocation reference, bool recursive)
    {
        SchemaLocation found = Resolve(reference);
        string text = reference.Element.GetString()!;
        string anchor = recursive ? "" : text[(text.IndexOf('#', StringComparison.Ordinal) + 1)..];
        bool isDynamic = recursive
            ? found.Find("$recursiveAnchor") is { Element.ValueKind: JsonValueKind.True }
            : found.Find("$dynamicAnchor") is { Element.ValueKind: JsonValueKind.String } named && named.Element.GetString() == anchor;
        return isDynamic && _resources.CountDynamic(anchor) > 1
            ? throw reference.Error("what it means depends on where it is reached from, which can't be enforced. Use $ref.")
            : found;
    }

    private SchemaLocation? Find(SchemaResources.Resource resource, string fragment)
    {
        if (fragment.Length > 0 && fragment[0] != '/')
        {
            return _resources.FindAnchor(resource, fragment);
        }

        SchemaLocation? found = resource.Root;
        foreach (string part in fragment.Split('/').Skip(1))
        {
            found = found is SchemaLocation from
                ? Step(from, part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
                : null;
        }

        return found;
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
