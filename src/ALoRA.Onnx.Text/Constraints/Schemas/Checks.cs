using System.Text;
using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Reads values of keywords, and says what is wrong with them.</summary>
internal static class Checks
{
    public static void Require(SchemaLocation value, JsonValueKind kind, string expected)
    {
        if (value.Element.ValueKind != kind)
        {
            throw value.Error($"expected {expected}, got {SchemaText.Kind(value.Element)}.");
        }
    }

    /// <summary>The value of a keyword that counts: a whole number from 0 on, also written as 2.0.</summary>
    public static int Count(SchemaLocation value)
    {
        if (value.Element.ValueKind != JsonValueKind.Number
            || !value.Element.TryGetDouble(out double count)
            || count < 0
            || count != Math.Floor(count))
        {
            throw value.Error($"expected a whole number from 0 on, got {SchemaText.Kind(value.Element)}.");
        }

        return (int)Math.Min(count, int.MaxValue - 1);
    }

    /// <summary>Members, whose names are valid Unicode.</summary>
    public static IReadOnlyList<(string Name, SchemaLocation Value)> Members(SchemaLocation value)
    {
        try
        {
            return [.. value.Members()];
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonSchemaException(value.Pointer, $"a name is not valid Unicode: {exception.Message}", exception);
        }
    }

    /// <summary>Schemas or lists by name, none of which is there twice.</summary>
    public static IReadOnlyList<(string Name, SchemaLocation Value)> NamedOnce(SchemaLocation value)
    {
        Require(value, JsonValueKind.Object, "an object of schemas");
        HashSet<string> names = new(StringComparer.Ordinal);
        IReadOnlyList<(string Name, SchemaLocation Value)> members = Members(value);
        foreach ((string name, SchemaLocation schema) in members)
        {
            if (!names.Add(name))
            {
                throw schema.Error($"the property '{name}' is there twice. Remove one.");
            }
        }

        return members;
    }

    public static IReadOnlyList<SchemaLocation> Schemas(SchemaLocation value)
    {
        Require(value, JsonValueKind.Array, "a list of schemas");
        return value.Element.GetArrayLength() > 0
            ? [.. value.Items()]
            : throw value.Error("expected at least one schema, got an empty list.");
    }

    /// <summary>A list of names.</summary>
    public static IReadOnlyList<string> Names(SchemaLocation value)
    {
        Require(value, JsonValueKind.Array, "a list of strings");
        Text(value);
        List<string> names = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (SchemaLocation item in value.Items())
        {
            Require(item, JsonValueKind.String, "a string");
            if (seen.Add(item.Element.GetString()!))
            {
                names.Add(item.Element.GetString()!);
            }
        }

        return names;
    }

    /// <summary>A string with an unpaired surrogate can't be written as UTF-8.</summary>
    public static void Text(SchemaLocation value)
    {
        try
        {
            SchemaText.Write(new StringBuilder(), value.Element, JsonSpacing.Compact);
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonSchemaException(value.Pointer, $"a string is not valid Unicode: {exception.Message}", exception);
        }
    }
}
