using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Finds the places where schemas stand within a schema, whether they are reached or not.</summary>
internal static class SchemaWalk
{
    public static IEnumerable<SchemaLocation> ChildrenOf(SchemaLocation schema)
    {
        if (schema.Element.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach ((string keyword, SchemaLocation value) in schema.Members())
        {
            foreach (SchemaLocation child in Children(keyword, value))
            {
                yield return child;
            }
        }
    }

    private static IEnumerable<SchemaLocation> Children(string keyword, SchemaLocation value)
    {
        switch (keyword)
        {
            case "properties" or "patternProperties" or "$defs" or "definitions" or "dependentSchemas" or "dependencies"
                when value.Element.ValueKind == JsonValueKind.Object:
                return value.Members().Select(member => member.Value);
            case "allOf" or "anyOf" or "oneOf" or "prefixItems" or "items" when value.Element.ValueKind == JsonValueKind.Array:
                return value.Items();
            case "additionalProperties" or "items" or "additionalItems" or "not" or "if" or "then" or "else" or "contains"
                or "propertyNames" or "unevaluatedProperties" or "unevaluatedItems":
                return [value];
            default:
                return [];
        }
    }
}
