using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>The parts of a document that have an identifier of their own, and the anchors within them.</summary>
internal sealed class SchemaResources
{
    private static readonly Uri NoBase = new("schema://document/");
    private readonly Dictionary<string, Resource> _byPointer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Resource> _byUri = new(StringComparer.Ordinal);
    private readonly Dictionary<(Resource Resource, string Name), SchemaLocation> _anchors = [];
    private readonly Dictionary<string, int> _dynamicAnchors = new(StringComparer.Ordinal);

    public SchemaResources(SchemaLocation root, Dialect dialect)
    {
        Stack<(SchemaLocation Schema, Resource Resource)> open = new();
        Resource whole = new(root, NoBase, dialect);
        _byPointer.Add("", whole);
        open.Push((root, whole));
        while (open.TryPop(out (SchemaLocation Schema, Resource Resource) next))
        {
            Resource resource = Enter(next.Schema, next.Resource);
            foreach (SchemaLocation child in SchemaWalk.ChildrenOf(next.Schema))
            {
                open.Push((child, resource));
            }
        }
    }

    /// <summary>The resource that a place belongs to.</summary>
    public Resource Of(string pointer)
    {
        while (true)
        {
            if (_byPointer.TryGetValue(pointer, out Resource? resource))
            {
                return resource;
            }

            pointer = pointer[..Math.Max(pointer.LastIndexOf('/'), 0)];
        }
    }

    /// <summary>The resource with an identifier, relative to another one; null if it is not in the document.</summary>
    public Resource? Find(Resource from, string identifier) =>
        Uri.TryCreate(from.Base, identifier, out Uri? uri) ? _byUri.GetValueOrDefault(uri.AbsoluteUri) : null;

    public SchemaLocation? FindAnchor(Resource resource, string name) =>
        _anchors.TryGetValue((resource, name), out SchemaLocation found) ? found : null;

    /// <summary>How many places have a dynamic anchor of a name; the empty name stands for <c>$recursiveAnchor</c>.</summary>
    public int CountDynamic(string name) => _dynamicAnchors.GetValueOrDefault(name);

    private Resource Enter(SchemaLocation schema, Resource resource)
    {
        string? id = resource.Dialect <= Dialect.Draft7 && schema.Find("$ref") is not null
            ? null
            : TextOf(schema, resource.Dialect == Dialect.Draft4 ? "id" : "$id");
        if (id is not null && id.StartsWith('#') && resource.Dialect <= Dialect.Draft7)
        {
            _anchors.TryAdd((resource, id[1..]), schema);
        }
        else if (id is not null && Uri.TryCreate(resource.Base, id, out Uri? uri))
        {
            resource = new Resource(schema, uri, Dialects.Of(schema) ?? resource.Dialect);
            _byPointer[schema.Pointer] = resource;
            _byUri.TryAdd(uri.GetLeftPart(UriPartial.Query), resource);
        }

        if (TextOf(schema, "$anchor") is string anchor)
        {
            _anchors.TryAdd((resource, anchor), schema);
        }

        if (TextOf(schema, "$dynamicAnchor") is string dynamic)
        {
            _anchors.TryAdd((resource, dynamic), schema);
            _dynamicAnchors[dynamic] = CountDynamic(dynamic) + 1;
        }

        if (schema.Find("$recursiveAnchor") is { Element.ValueKind: JsonValueKind.True })
        {
            _dynamicAnchors[""] = CountDynamic("") + 1;
        }

        return resource;
    }

    private static string? TextOf(SchemaLocation schema, string keyword) =>
        schema.Find(keyword) is { Element.ValueKind: JsonValueKind.String } found ? found.Element.GetString() : null;

    /// <summary>A part with an identifier of its own.</summary>
    internal sealed record Resource(SchemaLocation Root, Uri Base, Dialect Dialect);
}
