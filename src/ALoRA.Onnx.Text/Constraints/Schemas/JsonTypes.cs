using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>The types of JSON Schema; numbers are told apart by whether they are whole.</summary>
[Flags]
internal enum JsonType
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Fraction = 8,
    String = 16,
    Array = 32,
    Object = 64,
    Number = Integer | Fraction,
    All = Null | Boolean | Number | String | Array | Object,
}

/// <summary>Reads the keyword <c>type</c>, and says which type a keyword is about.</summary>
internal static class JsonTypes
{
    public static JsonType Parse(SchemaLocation value)
    {
        if (value.Element.ValueKind != JsonValueKind.Array)
        {
            return ParseOne(value);
        }

        JsonType types = JsonType.None;
        foreach (SchemaLocation item in value.Items())
        {
            types |= ParseOne(item);
        }

        return types != JsonType.None ? types : throw value.Error("expected at least one type, got an empty list.");
    }

    /// <summary>The type that a keyword says something about; none if it is about all.</summary>
    public static JsonType Of(string keyword) => keyword switch
    {
        "properties" or "required" or "additionalProperties" or "patternProperties" or "propertyNames" or "minProperties"
            or "maxProperties" or "dependencies" or "dependentRequired" or "dependentSchemas" or "unevaluatedProperties" =>
            JsonType.Object,
        "items" or "prefixItems" or "minItems" or "maxItems" or "additionalItems" or "contains" or "minContains" or "maxContains"
            or "uniqueItems" or "unevaluatedItems" => JsonType.Array,
        "minLength" or "maxLength" or "pattern" or "format" => JsonType.String,
        "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf" => JsonType.Number,
        _ => JsonType.None,
    };

    /// <summary>The type of a value; numbers with a fraction of zeros are whole.</summary>
    public static JsonType Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonType.Null,
        JsonValueKind.True or JsonValueKind.False => JsonType.Boolean,
        JsonValueKind.String => JsonType.String,
        JsonValueKind.Array => JsonType.Array,
        JsonValueKind.Object => JsonType.Object,
        _ => DecimalNumber.TryParse(value) is { IsInteger: true } ? JsonType.Integer : JsonType.Fraction,
    };

    private static JsonType ParseOne(SchemaLocation value) =>
        (value.Element.ValueKind == JsonValueKind.String ? value.Element.GetString() : null) switch
        {
            "null" => JsonType.Null,
            "boolean" => JsonType.Boolean,
            "integer" => JsonType.Integer,
            "number" => JsonType.Number,
            "string" => JsonType.String,
            "array" => JsonType.Array,
            "object" => JsonType.Object,
            _ => throw value.Error(
                "expected null, boolean, integer, number, string, array or object, or a list of them, got "
                + $"{SchemaText.Kind(value.Element)}."),
        };
}
