using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Text.Tests.Constraints;

/// <summary>JSON Schema as its specification says it, keyword by keyword, on parsed values.</summary>
internal sealed class NaiveValidator(JsonElement root)
{
    public bool IsValid(JsonElement value) => IsValid(root, value);

    private bool IsValid(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return schema.ValueKind == JsonValueKind.True;
        }

        return schema.EnumerateObject().All(keyword => Holds(keyword.Name, keyword.Value, schema, value));
    }

    private bool Holds(string keyword, JsonElement wanted, JsonElement schema, JsonElement value)
    {
        bool isNumber = value.ValueKind == JsonValueKind.Number;
        bool isText = value.ValueKind == JsonValueKind.String;
        bool isList = value.ValueKind == JsonValueKind.Array;
        bool isObject = value.ValueKind == JsonValueKind.Object;
        switch (keyword)
        {
            case "type":
                return wanted.ValueKind == JsonValueKind.Array
                    ? wanted.EnumerateArray().Any(one => IsOfType(one.GetString()!, value))
                    : IsOfType(wanted.GetString()!, value);
            case "enum":
                return wanted.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value));
            case "const":
                return JsonElement.DeepEquals(wanted, value);
            case "minimum":
                return !isNumber || Number(value) >= Number(wanted);
            case "exclusiveMinimum":
                return !isNumber || Number(value) > Number(wanted);
            case "maximum":
                return !isNumber || Number(value) <= Number(wanted);
            case "exclusiveMaximum":
                return !isNumber || Number(value) < Number(wanted);
            case "minLength":
                return !isText || new StringInfoByCodePoint(value.GetString()!).Length >= wanted.GetInt32();
            case "maxLength":
                return !isText || new StringInfoByCodePoint(value.GetString()!).Length <= wanted.GetInt32();
            case "pattern":
                return !isText || Matches(value.GetString()!, wanted.GetString()!);
            case "minItems":
                return !isList || value.GetArrayLength() >= wanted.GetInt32();
            case "maxItems":
                return !isList || value.GetArrayLength() <= wanted.GetInt32();
            case "prefixItems":
                return !isList || wanted.EnumerateArray().Zip(value.EnumerateArray()).All(pair => IsValid(pair.First, pair.Second));
            case "items" when wanted.ValueKind == JsonValueKind.Array:
                return !isList || wanted.EnumerateArray().Zip(value.EnumerateArray()).All(pair => IsValid(pair.First, pair.Second));
            case "items":
                int prefix = schema.TryGetProperty("prefixItems", out JsonElement list) ? list.GetArrayLength() : 0;
                return !isList || value.EnumerateArray().Skip(prefix).All(item => IsValid(wanted, item));
            case "additionalItems":
                return !isList || !schema.TryGetProperty("items", out JsonElement array) || array.ValueKind != JsonValueKind.Array
                    || value.EnumerateArray().Skip(array.GetArrayLength()).All(item => IsValid(wanted, item));
            case "contains":
                int found = isList ? value.EnumerateArray().Count(item => IsValid(wanted, item)) : 0;
                return !isList
                    || (found >= (schema.TryGetProperty("minContains", out JsonElement least) ? least.GetInt32() : 1)
                        && found <= (schema.TryGetProperty("maxContains", out JsonElement most) ? most.GetInt32() : int.MaxValue));
            case "uniqueItems":
                return !isList || !wanted.GetBoolean()
                    || !value.EnumerateArray().Index().Any(
                        item => value.EnumerateArray().Take(item.Index).Any(other => JsonElement.DeepEquals(other, item.Item)));
            case "multipleOf":
                return !isNumber || Number(value) % Number(wanted) == 0;
            case "not":
                return !IsValid(wanted, value);
            case "if":
                return !schema.TryGetProperty(IsValid(wanted, value) ? "then" : "else", out JsonElement taken) || IsValid(taken, value);
            case "patternProperties":
                return !isObject
                    || wanted.EnumerateObject().All(pattern => value.EnumerateObject().All(
                        member => !Matches(member.Name, pattern.Name) || IsValid(pattern.Value, member.Value)));
            case "propertyNames":
                return !isObject || value.EnumerateObject().All(
                    member => IsValid(wanted, JsonSerializer.SerializeToElement(member.Name)));
            case "minProperties":
                return !isObject || value.EnumerateObject().Count() >= wanted.GetInt32();
            case "maxProperties":
                return !isObject || value.EnumerateObject().Count() <= wanted.GetInt32();
            case "dependentRequired":
                return !isObject
                    || wanted.EnumerateObject().All(name => !value.TryGetProperty(name.Name, out _)
                        || name.Value.EnumerateArray().All(other => value.TryGetProperty(other.GetString()!, out _)));
            case "dependentSchemas":
                return !isObject
                    || wanted.EnumerateObject().All(name => !value.TryGetProperty(name.Name, out _) || IsValid(name.Value, value));
            case "unevaluatedProperties":
                return !isObject || value.EnumerateObject().All(
                    member => Evaluated(schema, value, top: true).Contains(member.Name) || IsValid(wanted, member.Value));
            case "properties":
                return !isObject
                    || value.EnumerateObject().All(
                        member => !wanted.TryGetProperty(member.Name, out JsonElement property) || IsValid(property, member.Value));
            case "required":
                return !isObject || wanted.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _));
            case "additionalProperties":
                return !isObject
                    || value.EnumerateObject().All(
                        member => IsKnown(schema, member.Name) || IsValid(wanted, member.Value));
            case "anyOf":
                return wanted.EnumerateArray().Any(branch => IsValid(branch, value));
            case "oneOf":
                return wanted.EnumerateArray().Count(branch => IsValid(branch, value)) == 1;
            case "allOf":
                return wanted.EnumerateArray().All(branch => IsValid(branch, value));
            case "$ref":
                return IsValid(Follow(wanted), value);
            case "title" or "$defs" or "then" or "else" or "minContains" or "maxContains":
                return true;
            default:
                throw new InvalidOperationException($"The naive validator does not know {keyword}.");
        }
    }

    private JsonElement Follow(JsonElement reference) =>
        reference.GetString()!.Split('/').Skip(1).Aggregate(root, (at, part) => at.GetProperty(part));

    private static bool IsKnown(JsonElement schema, string name) =>
        (schema.TryGetProperty("properties", out JsonElement known) && known.TryGetProperty(name, out _))
        || (schema.TryGetProperty("patternProperties", out JsonElement patterns)
            && patterns.EnumerateObject().Any(pattern => Matches(name, pattern.Name)));

    // Names that a schema looks at, or one that it applies to the same value and that holds.
    private HashSet<string> Evaluated(JsonElement schema, JsonElement value, bool top = false)
    {
        HashSet<string> names = [];
        if (schema.ValueKind != JsonValueKind.Object || (!top && !IsValid(schema, value)))
        {
            return names;
        }

        names.UnionWith(value.EnumerateObject().Select(member => member.Name).Where(
            name => IsKnown(schema, name) || schema.TryGetProperty("additionalProperties", out _)
                || (!top && schema.TryGetProperty("unevaluatedProperties", out _))));
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            JsonElement[] applied = keyword.Name switch
            {
                "allOf" or "anyOf" or "oneOf" => [.. keyword.Value.EnumerateArray()],
                "$ref" => [Follow(keyword.Value)],
                "if" when IsValid(keyword.Value, value) =>
                    [keyword.Value, .. schema.TryGetProperty("then", out JsonElement then) ? [then] : (JsonElement[])[]],
                "if" => [.. schema.TryGetProperty("else", out JsonElement otherwise) ? [otherwise] : (JsonElement[])[]],
                "dependentSchemas" =>
                    [.. keyword.Value.EnumerateObject().Where(name => value.TryGetProperty(name.Name, out _)).Select(name => name.Value)],
                _ => [],
            };
            foreach (JsonElement one in applied)
            {
                names.UnionWith(Evaluated(one, value));
            }
        }

        return names;
    }

    private static bool Matches(string text, string pattern) =>
        Regex.IsMatch(new StringInfoByCodePoint(text).InOneUnitEach, pattern.Replace("$", "\\z", StringComparison.Ordinal));

    // Bounds are small, so that a number too large for a decimal may stand for any that is.
    private static decimal Number(JsonElement value) =>
        decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
        ? number
        : value.GetDouble() > 0 ? decimal.MaxValue : decimal.MinValue;

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && IsWhole(value.GetRawText()),
        "number" => value.ValueKind == JsonValueKind.Number,
        "string" => value.ValueKind == JsonValueKind.String,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    // More digits than a double has must not look like a whole number.
    private static bool IsWhole(string number) => number.AsSpan().IndexOfAny('e', 'E') >= 0
        ? double.IsInteger(double.Parse(number, CultureInfo.InvariantCulture))
        : !number.Contains('.', StringComparison.Ordinal) || number.TrimEnd('0').EndsWith('.');

    // .NET's expressions count UTF-16 units; a character outside of the basic plane becomes one private one.
    private sealed class StringInfoByCodePoint(string text)
    {
        public int Length => text.EnumerateRunes().Count();

        public string InOneUnitEach => string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp ? (char)rune.Value : '\uE000'));
    }
}
