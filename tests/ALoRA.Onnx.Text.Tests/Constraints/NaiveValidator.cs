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
                return !isText || Regex.IsMatch(new StringInfoByCodePoint(value.GetString()!).InOneUnitEach, wanted.GetString()!);
            case "minItems":
                return !isList || value.GetArrayLength() >= wanted.GetInt32();
            case "maxItems":
                return !isList || value.GetArrayLength() <= wanted.GetInt32();
            case "prefixItems":
                return !isList || wanted.EnumerateArray().Zip(value.EnumerateArray()).All(pair => IsValid(pair.First, pair.Second));
            case "items":
                int prefix = schema.TryGetProperty("prefixItems", out JsonElement list) ? list.GetArrayLength() : 0;
                return !isList || value.EnumerateArray().Skip(prefix).All(item => IsValid(wanted, item));
            case "properties":
                return !isObject
                    || value.EnumerateObject().All(
                        member => !wanted.TryGetProperty(member.Name, out JsonElement property) || IsValid(property, member.Value));
            case "required":
                return !isObject || wanted.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _));
            case "additionalProperties":
                return !isObject
                    || value.EnumerateObject().All(
                        member => (schema.TryGetProperty("properties", out JsonElement known) && known.TryGetProperty(member.Name, out _))
                        || IsValid(wanted, member.Value));
            case "anyOf":
                return wanted.EnumerateArray().Any(branch => IsValid(branch, value));
            case "oneOf":
                return wanted.EnumerateArray().Count(branch => IsValid(branch, value)) == 1;
            case "allOf":
                return wanted.EnumerateArray().All(branch => IsValid(branch, value));
            case "$ref":
                return IsValid(wanted.GetString()!.Split('/').Skip(1).Aggregate(root, (at, part) => at.GetProperty(part)), value);
            case "title" or "$defs":
                return true;
            default:
                throw new InvalidOperationException($"The naive validator does not know {keyword}.");
        }
    }

    // Bounds are small, so that a number too large for a decimal may stand for any that is.
    private static decimal Number(JsonElement value) =>
        decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
        ? number
        : value.GetDouble() > 0 ? decimal.MaxValue : decimal.MinValue;

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        "number" => value.ValueKind == JsonValueKind.Number,
        "string" => value.ValueKind == JsonValueKind.String,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    // .NET's expressions count UTF-16 units; a character outside of the basic plane becomes one private one.
    private sealed class StringInfoByCodePoint(string text)
    {
        public int Length => text.EnumerateRunes().Count();

        public string InOneUnitEach => string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp ? (char)rune.Value : '\uE000'));
    }
}
