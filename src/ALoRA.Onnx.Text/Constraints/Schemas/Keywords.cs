namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Which words are keywords, and of which drafts.</summary>
internal static class Keywords
{
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$comment", "$vocabulary",
        "contentEncoding", "contentMediaType", "contentSchema", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$defs",
        "definitions",
    };

    private static readonly HashSet<string> Assertions = new(StringComparer.Ordinal)
    {
        "type", "enum", "const", "properties", "required", "additionalProperties", "patternProperties", "propertyNames",
        "minProperties", "maxProperties", "dependencies", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "items",
        "prefixItems", "additionalItems", "unevaluatedItems", "contains", "minContains", "maxContains", "minItems", "maxItems",
        "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref", "$dynamicRef", "$recursiveRef",
    };

    /// <summary>Whether a keyword says something about values in a draft.</summary>
    public static bool IsAssertion(string keyword, Dialect dialect) =>
        Assertions.Contains(keyword) && dialect >= FirstOf(keyword) && !(keyword == "$recursiveRef" && dialect == Dialect.Draft2020);

    /// <summary>Whether a keyword is known to say nothing about values.</summary>
    public static bool IsAnnotation(string keyword, Dialect dialect) =>
        Annotations.Contains(keyword) || (keyword == "id" && dialect == Dialect.Draft4);

    private static Dialect FirstOf(string keyword) => keyword switch
    {
        "const" or "contains" or "propertyNames" => Dialect.Draft6,
        "if" or "then" or "else" => Dialect.Draft7,
        "dependentRequired" or "dependentSchemas" or "unevaluatedProperties" or "unevaluatedItems" or "minContains" or "maxContains"
            or "$recursiveRef" => Dialect.Draft2019,
        "prefixItems" or "$dynamicRef" => Dialect.Draft2020,
        _ => Dialect.Draft4,
    };
}
