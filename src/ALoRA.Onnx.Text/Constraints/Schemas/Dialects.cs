using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Reads the draft of a schema.</summary>
internal static class Dialects
{
    /// <summary>The draft that <c>$schema</c> names; null if there is none, or one of somebody's own.</summary>
    /// <exception cref="JsonSchemaException">It names a draft before 4.</exception>
    public static Dialect? Of(SchemaLocation schema)
    {
        if (schema.Find("$schema") is not { Element.ValueKind: JsonValueKind.String } named)
        {
            return null;
        }

        string name = named.Element.GetString()!;
        if (!name.Contains("json-schema.org/", StringComparison.Ordinal))
        {
            return null;
        }

        foreach ((string part, Dialect dialect) in new[]
            {
                ("draft-04/", Dialect.Draft4), ("draft-06/", Dialect.Draft6), ("draft-07/", Dialect.Draft7),
                ("draft/2019-09/", Dialect.Draft2019), ("draft/2020-12/", Dialect.Draft2020),
            })
        {
            if (name.Contains(part, StringComparison.Ordinal))
            {
                return dialect;
            }
        }

        return name.Contains("draft-0", StringComparison.Ordinal)
            ? throw named.Error($"expected draft 4, 6, 7, 2019-09 or 2020-12, got '{name}'. Bring the schema to one of these.")
            : null;
    }
}
