using System.Globalization;
using ALoRA.Onnx.Constraints;

namespace ALoRA.Onnx.Text.Tests.Constraints.Schemas;

/// <summary>Schemas at the edges: unknown keywords, what stands beside references, hostile sizes, damage.</summary>
[TestClass]
public sealed class SchemaEdgeTests
{
    [TestMethod]
    [DataRow(
        """{"type": "object", "properties": {"port": {"type": "integer", "x-order": 1, "x-ui": {"widget": "spin"}}}, "required": """
        + """["port"], "x-kind": [{}]}""",
        "{\"port\": 80}", "{\"port\": \"80\"}|{}", DisplayName = "01-x-keywords")]
    [DataRow(
        """{"id": "http://example.com/thing.json", "example": {"n": 5}, "type": "object", "properties": {"n": """
        + """{"type": "integer", "minimum": 1, "example": 5}}, "required": ["n"]}""",
        "{\"n\": 1}", "{\"n\": 0}|{\"n\": \"1\"}", DisplayName = "02-old-id-and-example")]
    [DataRow("""{"type": "object", "propertyNames": {"pattern": "^a"}, "x-note": 1}""", "{\"a\": 1}", "{\"b\": 1}",
        DisplayName = "03-known-stays-refused")]
    [DataRow(
        """{"$defs": {"w": {"type": "string", "maxLength": 2, "javaType": "W", "enumNames": ["a"]}}, "type": "object", "properties": """
        + """{"w": {"$ref": "#/$defs/w"}}, "required": ["w"], "$vendor": true}""",
        "{\"w\": \"ab\"}", "{\"w\": \"abc\"}", DisplayName = "04-unknown-in-defs")]
    [DataRow(
        """{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": {"s": """
        + """{"$ref": "#/definitions/p", "enum": ["key", "sas"]}}, "required": ["s"], "definitions": {"p": {"type": "integer"}}}""",
        "{\"s\": 4}", "{\"s\": \"key\"}", DisplayName = "05-draft7-enum-beside")]
    [DataRow(
        """{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": {"n": """
        + """{"$ref": "#/definitions/small", "maximum": 3}}, "required": ["n"], "definitions": {"small": """
        + """{"type": "integer", "maximum": 9}}}""",
        "{\"n\": 3}|{\"n\": 7}", "{\"n\": 10}", DisplayName = "06-draft6-maximum-beside")]
    [DataRow(
        """{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"n": """
        + """{"$ref": "#/$defs/small", "maximum": 3}}, "required": ["n"], "$defs": {"small": {"type": "integer", "maximum": 9}}}""",
        "{\"n\": 3}", "{\"n\": 7}", DisplayName = "07-newest-applies")]
    public void Case_OfTheSharedOnes_LetsThroughWhatItAllows(string schema, string allowed, string refused)
    {
        foreach (bool open in new[] { false, true })
        {
            ConstrainedText text = ConstrainedText.Of(schema, new JsonConstraintOptions { OpenObjects = open });
            foreach (string one in allowed.Split('|'))
            {
                Assert.IsTrue(text.Accepts(one), one);
            }

            foreach (string one in refused.Split('|'))
            {
                Assert.IsFalse(text.Accepts(one), one);
            }
        }
    }

    [TestMethod]
    public void Case_11ManyIntegerRanges_IsReadyOrRefusedSoon() => Bounded(() =>
    {
        string branches = string.Join(',', Enumerable.Range(0, 800).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"integer\",\"minimum\":{i * 10},\"maximum\":{(i * 10) + 9}}}")));
        TryCompile($"{{\"oneOf\":[{branches}]}}");
        TryCompile($"{{\"anyOf\":[{branches}]}}");
        TryCompile($"{{\"not\":{{\"oneOf\":[{branches}]}}}}");
    });

    [TestMethod]
    public void Case_12ManyPrefixItems_IsReadyOrRefusedSoon() => Bounded(() =>
    {
        string items = string.Join(',', Enumerable.Repeat("{\"type\":\"integer\"}", 20_000));
        TryCompile($"{{\"type\":\"array\",\"prefixItems\":[{items}]}}");
        TryCompile($"{{\"type\":\"array\",\"prefixItems\":[{items}],\"contains\":{{\"minimum\":3}}}}");
        TryCompile($"{{\"not\":{{\"prefixItems\":[{items}]}}}}");
    });

    [TestMethod]
    public void Schema_OfManyMembersAndConditions_IsReadyOrRefusedSoon() => Bounded(() =>
    {
        string members = string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"name{i}\":{{\"type\":\"null\"}}"));
        TryCompile($"{{\"properties\":{{{members}}},\"minProperties\":9}}");
        TryCompile($"{{\"not\":{{\"properties\":{{{members}}}}}}}");
        string needs = string.Join(',', Enumerable.Range(0, 60).Select(i => $"\"a{i}\":[\"b{i}\"]"));
        TryCompile($"{{\"dependentRequired\":{{{needs}}}}}");
        string patterns = string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"(a|b)*a(a|b){{{i}}}$\":true"));
        TryCompile($"{{\"patternProperties\":{{{patterns}}}}}");
    });

    [TestMethod]
    public void Schema_Damaged_IsReadOrRefused() => Fuzzing.Check(
        """
        {"$id": "http://x/y", "properties": {"a": {"$ref": "#/$defs/n"}, "b": {"not": {"enum": [1, "x", [2]]}}},
         "patternProperties": {"^x": {"multipleOf": 0.5, "minimum": -3}}, "propertyNames": {"maxLength": 5}, "minProperties": 1,
         "oneOf": [{"required": ["a"]}, {"if": {"maxProperties": 3}, "then": {"dependentRequired": {"b": ["c"]}}}],
         "$defs": {"n": {"type": ["array", "null"], "items": [{"pattern": "^a+$"}], "additionalItems": {"$ref": "#/$defs/n"},
           "contains": {"const": "a"}, "maxContains": 2}}, "unevaluatedProperties": {"type": "integer"}, "x-note": 1}
        """u8.ToArray(),
        bytes => TokenConstraint.FromJsonSchema(
            System.Text.Encoding.UTF8.GetString(bytes), new JsonConstraintOptions { OpenObjects = true }),
        exception => exception is JsonSchemaException,
        FuzzPieces.Schema,
        runs: 300);

    private static void TryCompile(string schema)
    {
        foreach (bool open in new[] { false, true })
        {
            try
            {
                _ = TokenConstraint.FromJsonSchema(schema, new JsonConstraintOptions { OpenObjects = open });
            }
            catch (JsonSchemaException)
            {
            }
        }
    }

    // Quadratic work at these sizes takes minutes: the guard is far beyond what is needed, also on a busy machine.
    private static void Bounded(Action action) => HangGuard.Run("a schema", action);
}
