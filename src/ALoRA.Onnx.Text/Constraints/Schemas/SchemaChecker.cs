using System.Text.Json;
using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// Looks at every schema that can be reached, before anything is compiled: all keywords must be known, enforceable and of the right kind.
/// </summary>
internal sealed class SchemaChecker
{
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$comment",
    };

    private readonly SchemaDocument _document;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Stack<SchemaLocation> _open = new();

    private SchemaChecker(SchemaDocument document) => _document = document;

    /// <summary>Checks a document.</summary>
    /// <returns>All schemas that can be reached.</returns>
    /// <exception cref="JsonSchemaException">Names the first keyword that is wrong.</exception>
    public static IReadOnlyList<SchemaLocation> Check(SchemaDocument document)
    {
        SchemaChecker checker = new(document);
        List<SchemaLocation> all = [];
        checker.Add(document.Root);
        while (checker._open.TryPop(out SchemaLocation schema))
        {
            checker.CheckSchema(schema);
            all.Add(schema);
        }

        return all;
    }

    private void Add(SchemaLocation schema)
    {
        if (_seen.Add(schema.Pointer))
        {
            _open.Push(schema);
        }
    }

    private void CheckSchema(SchemaLocation schema)
    {
        if (schema.Element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return;
        }

        Require(schema, JsonValueKind.Object, "an object or a Boolean");
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((string keyword, SchemaLocation value) in schema.Members())
        {
            if (!names.Add(keyword))
            {
                throw value.Error($"'{keyword}' is there twice. Remove one.");
            }

            CheckKeyword(schema, keyword, value);
        }
    }

    private void CheckKeyword(SchemaLocation schema, string keyword, SchemaLocation value)
    {
        switch (keyword)
        {
            case "type":
                _ = JsonTypes.Parse(value);
                break;
            case "enum":
                Require(value, JsonValueKind.Array, "a list of values");
                CheckText(value);
                break;
            case "const":
                CheckText(value);
                break;
            case "properties":
                AddMembers(value);
                break;
            case "required":
                CheckRequired(value);
                break;
            case "additionalProperties" or "items":
                Add(value);
                break;
            case "prefixItems" or "anyOf" or "oneOf" or "allOf":
                AddItems(value);
                break;
            case "minItems" or "maxItems" or "minLength" or "maxLength":
                _ = Count(value);
                break;
            case "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum":
                _ = DecimalNumber.Parse(value);
                break;
            case "pattern":
                _ = PatternReader.Read(value);
                break;
            case "format":
                _ = Formats.PatternOf(value);
                break;
            case "$ref":
                Require(value, JsonValueKind.String, "a string");
                Add(_document.Resolve(value));
                break;
            case "$defs" or "definitions":
                Require(value, JsonValueKind.Object, "an object of schemas");
                break;
            case "uniqueItems" when value.Element.ValueKind == JsonValueKind.False:
                break;
            case "$id" when schema.Pointer.Length == 0:
                break;
            default:
                if (!Annotations.Contains(keyword))
                {
                    throw value.Error(
                        $"'{keyword}' can't be enforced while text is generated, and nothing is ignored. Remove it, or say it with the "
                        + $"keywords that {nameof(TokenConstraint)} lists.");
                }

                break;
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

    private void AddMembers(SchemaLocation value)
    {
        Require(value, JsonValueKind.Object, "an object of schemas");
        HashSet<string> names = new(StringComparer.Ordinal);
        try
        {
            foreach ((string name, SchemaLocation schema) in value.Members())
            {
                if (!names.Add(name))
                {
                    throw schema.Error($"the property '{name}' is there twice. Remove one.");
                }

                Add(schema);
            }
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonSchemaException(value.Pointer, $"a name is not valid Unicode: {exception.Message}", exception);
        }
    }

    private void AddItems(SchemaLocation value)
    {
        Require(value, JsonValueKind.Array, "a list of schemas");
        if (value.Element.GetArrayLength() == 0)
        {
            throw value.Error("expected at least one schema, got an empty list.");
        }

        foreach (SchemaLocation item in value.Items())
        {
            Add(item);
        }
    }

    private static void CheckRequired(SchemaLocation value)
    {
        Require(value, JsonValueKind.Array, "a list of strings");
        CheckText(value);
        foreach (SchemaLocation item in value.Items())
        {
            Require(item, JsonValueKind.String, "a string");
        }
    }

    // A string with an unpaired surrogate can't be written as UTF-8.
    private static void CheckText(SchemaLocation value)
    {
        try
        {
            SchemaText.Write(new System.Text.StringBuilder(), value.Element, JsonSpacing.Compact);
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonSchemaException(value.Pointer, $"a string is not valid Unicode: {exception.Message}", exception);
        }
    }

    private static void Require(SchemaLocation value, JsonValueKind kind, string expected)
    {
        if (value.Element.ValueKind != kind)
        {
            throw value.Error($"expected {expected}, got {SchemaText.Kind(value.Element)}.");
        }
    }
}
