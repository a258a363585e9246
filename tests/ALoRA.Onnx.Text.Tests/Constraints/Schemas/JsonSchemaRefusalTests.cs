using System.Text;
using ALoRA.Onnx.Constraints;

namespace ALoRA.Onnx.Text.Tests.Constraints.Schemas;

/// <summary>Schemas that are refused, each with the place.</summary>
[TestClass]
public sealed class JsonSchemaRefusalTests
{
    [TestMethod]
    [DataRow("""{"not": {}}""", "")]
    [DataRow("""{"if": {}, "then": 1}""", "/then")]
    [DataRow("""{"properties": {"a/b": {"multipleOf": 0}}}""", "/properties/a~1b/multipleOf")]
    [DataRow("""{"multipleOf": 12345.6789}""", "/multipleOf")]
    [DataRow("""{"not": {"format": "date"}}""", "/not/format")]
    [DataRow("""{"not": {"uniqueItems": true}}""", "/not/uniqueItems")]
    [DataRow("""{"uniqueItems": 1}""", "/uniqueItems")]
    [DataRow("""{"uniqueItems": true, "items": {"type": "string"}}""", "/uniqueItems")]
    [DataRow("""{"contains": {}, "unevaluatedItems": false}""", "/unevaluatedItems")]
    [DataRow("""{"contains": true, "minContains": 400, "maxItems": 400}""", "")]
    [DataRow("""{"minProperties": 70000}""", "")]
    [DataRow("""{"$schema": "http://json-schema.org/draft-03/schema#"}""", "/$schema")]
    [DataRow(
        """{"$ref": "#/$defs/a", "$defs": {"a": {"$dynamicRef": "#x", "$defs": {"b": {"$dynamicAnchor": "x", "$id": "b"}, "c": """
        + """{"$dynamicAnchor": "x"}}}}}""",
        "/$defs/a/$dynamicRef")]
    [DataRow("""{"pattern": "(?!a)b"}""", "/pattern")]
    [DataRow("""{"patternProperties": {"(?!a)b": {}}}""", "/patternProperties/(?!a)b")]
    [DataRow("""{"uniqueItems": true}""", "/uniqueItems")]
    [DataRow("""{"$dynamicRef": "#x"}""", "/$dynamicRef")]
    [DataRow("""{"format": 5}""", "/format")]
    [DataRow("""{"type": "text"}""", "/type")]
    [DataRow("""{"type": []}""", "/type")]
    [DataRow("""{"type": ["string", 1]}""", "/type/1")]
    [DataRow("""{"enum": 1}""", "/enum")]
    [DataRow("""{"enum": ["\ud800"]}""", "/enum")]
    [DataRow("""{"properties": []}""", "/properties")]
    [DataRow("""{"properties": {"a": 1}}""", "/properties/a")]
    [DataRow("""{"properties": {"a": {}, "a": {}}}""", "/properties/a")]
    [DataRow("""{"type": "null", "type": "string"}""", "/type")]
    [DataRow("""{"required": "a"}""", "/required")]
    [DataRow("""{"required": [1]}""", "/required/0")]
    [DataRow("""{"prefixItems": {}}""", "/prefixItems")]
    [DataRow("""{"anyOf": []}""", "/anyOf")]
    [DataRow("""{"minLength": -1}""", "/minLength")]
    [DataRow("""{"maxItems": 1.5}""", "/maxItems")]
    [DataRow("""{"minimum": "1"}""", "/minimum")]
    [DataRow("""{"maximum": 1e999}""", "/maximum")]
    [DataRow("""{"pattern": 1}""", "/pattern")]
    [DataRow("""{"pattern": "(a"}""", "/pattern")]
    [DataRow("""{"pattern": "a**"}""", "/pattern")]
    [DataRow("""{"pattern": "[b-a]"}""", "/pattern")]
    [DataRow("""{"pattern": "(?=a)"}""", "/pattern")]
    [DataRow("""{"pattern": "(?<!a)b"}""", "/pattern")]
    [DataRow("""{"pattern": "(a)\\1"}""", "/pattern")]
    [DataRow("""{"pattern": "\\bx"}""", "/pattern")]
    [DataRow("""{"pattern": "\\p{Nope}"}""", "/pattern")]
    [DataRow("""{"pattern": "(.{1000}){1000}"}""", "/pattern")]
    [DataRow("""{"$ref": "other.json"}""", "/$ref")]
    [DataRow("""{"$ref": "#/$defs/missing"}""", "/$ref")]
    [DataRow("""{"$ref": "#"}""", "")]
    [DataRow(
        """{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}""",
        "/$defs/a")]
    [DataRow("""{"properties": {"a": {"enum": [1], "$ref": "#/properties/a"}}}""", "/properties/a")]
    [DataRow("""{"oneOf": [{"properties": {"a": true}}, {"properties": {"b": true}}]}""", "")]
    [DataRow("""false""", "")]
    [DataRow("""{"enum": []}""", "")]
    [DataRow("""{"enum": ["a"], "type": "integer"}""", "")]
    [DataRow("""{"type": "string", "minLength": 3, "maxLength": 2}""", "")]
    [DataRow("""{"type": "integer", "minimum": 3, "maximum": 2}""", "")]
    [DataRow("""{"type": "integer", "exclusiveMinimum": 1, "maximum": 1.5}""", "")]
    [DataRow("""{"pattern": "a^b"}""", "")]
    [DataRow("""{"type": "array", "minItems": 1, "items": {"$ref": "#"}}""", "")]
    [DataRow("""{"properties": {"a": {"$ref": "#"}}, "required": ["a"]}""", "")]
    [DataRow("""{"required": ["a"], "additionalProperties": false}""", "")]
    [DataRow("""{"allOf": [{"type": "string"}, {"type": "integer"}]}""", "")]
    [DataRow("[]", "")]
    [DataRow("{", "")]
    public void Schema_ThatCannotBeEnforced_IsRefusedWithItsPlace(string schema, string pointer)
    {
        JsonSchemaException exception = Assert.ThrowsExactly<JsonSchemaException>(() => TokenConstraint.FromJsonSchema(schema));
        Assert.AreEqual(pointer, exception.Pointer, exception.Message);
        Assert.Contains($"'#{pointer}'", exception.Message);
    }

    // Each part of a product has a bit of 64. Without the limit the 65th shared one, and "a62" was let through.
    [TestMethod]
    public void Schema_MorePatternsThanAProductTellsApart_IsRefused()
    {
        static string Denying(int count) =>
            "{\"type\": \"string\", \"allOf\": ["
            + string.Join(", ", Enumerable.Range(0, count).Select(i => $$$"""{"not": {"pattern": "^a{{{i}}}$"}}""")) + "]}";

        TokenConstraint most = TokenConstraint.FromJsonSchema(Denying(62));
        Assert.IsFalse(most.Accepts("\"a61\""u8));
        Assert.IsTrue(most.Accepts("\"a62\""u8));
        Assert.Contains("64", Assert.ThrowsExactly<JsonSchemaException>(() => TokenConstraint.FromJsonSchema(Denying(63))).Message);
    }

    [TestMethod]
    public void Schema_OfHostileSize_IsRefusedSoon()
    {
        StringBuilder doubling = new("""{"$ref": "#/$defs/d0", "$defs": {""");
        for (int i = 0; i < 60; i++)
        {
            doubling.Append($$"""
                "d{{i}}": {"anyOf": [{"$ref": "#/$defs/d{{i + 1}}"}, {"$ref": "#/$defs/d{{i + 1}}", "minLength": {{i}}}]},
                """);
        }

        string[] schemas =
        [
            doubling.Append("""
                "d60": {"type": "string"}}}
                """).ToString(),
            """{"pattern": "(a|b)*a(a|b){14}$"}""",
            """{"pattern": "^[a-z]{2000}$", "maxLength": 200000}""",
            "{\"enum\": [" + string.Join(',', Enumerable.Range(0, 4000).Select(i => $"\"{i}{new string('x', 100)}\"")) + "]}",
            string.Concat(Enumerable.Repeat("{\"items\": ", 300)) + "{}" + new string('}', 300),
        ];
        foreach (string schema in schemas)
        {
            Assert.ThrowsExactly<JsonSchemaException>(() => TokenConstraint.FromJsonSchema(schema), schema[..Math.Min(60, schema.Length)]);
        }
    }

    [TestMethod]
    public void Choices_OutOfRange_AreRefused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => TokenConstraint.FromChoices([]));
        Assert.ThrowsExactly<ArgumentException>(() => TokenConstraint.FromChoices(["a", ""]));
        Assert.ThrowsExactly<ArgumentException>(() => TokenConstraint.FromChoices(["\ud800"]));
        Assert.ThrowsExactly<ArgumentException>(() => TokenConstraint.FromChoices([new string('x', 1_000_000)]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => TokenConstraint.FromJsonSchema("true", new JsonConstraintOptions { Spacing = (JsonSpacing)9 }));
    }
}
