using ALoRA.Onnx.Constraints;

namespace ALoRA.Onnx.Text.Tests.Constraints.Schemas;

/// <summary>What each keyword lets through, and what it does not.</summary>
[TestClass]
public sealed class JsonSchemaKeywordTests
{
    [TestMethod]
    [DataRow("true", "null|true|1|-0.5e3|\"a\"|[]|[1, [2]]|{}|{\"a\": {\"b\": 1}}", "|nul|01|1.|[1,2]|{a: 1}|[1, ]| 1|1 ")]
    [DataRow("""{"type": "null"}""", "null", "0|\"null\"")]
    [DataRow("""{"type": "boolean"}""", "true|false", "True|1")]
    [DataRow("""{"type": "integer"}""", "0|7|-12|123456789012345678", "-0|01|1.0|1e3|1234567890123456789|+1")]
    [DataRow("""{"type": "number"}""", "0|7|-12.5|-0.25|1e5|1E-12|0.123456789012345678", "00|.5|1.|1e|1e123|-")]
    [DataRow("""{"type": ["integer", "null"]}""", "3|null", "3.5|\"a\"")]
    [DataRow(
        """{"type": "string"}""", "\"\"|\"ab\"|\"é日😀\"|\"\\n\\u00e9\\ud83d\\ude00\\/\"",
        "\"|\"\\x\"|\"\\ud83d\"|\"\\ude00\"|\"\n\"|\"\\ud83dx\"")]
    [DataRow(
        """{"type": "string", "minLength": 2, "maxLength": 3}""", "\"ab\"|\"日本\"|\"😀a\\n\"|\"\\ud83d\\ude00a\"", "\"a\"|\"abcd\"|\"😀\"")]
    [DataRow("""{"type": "string", "minLength": 2}""", "\"ab\"|\"abcdefghijkl\"", "\"\"|\"a\"")]
    [DataRow("""{"enum": ["yes", 1, null, {"a": [1, 2]}, 2.50]}""", "\"yes\"|1|null|{\"a\": [1, 2]}|2.50", "\"no\"|2|2.5|{\"a\": [1,2]}")]
    [DataRow("""{"enum": ["a", "ab", 1, true], "type": "string", "minLength": 2}""", "\"ab\"", "\"a\"|1|true")]
    [DataRow("""{"const": "x\"\n\u0001é"}""", "\"x\\\"\\n\\u0001é\"", "\"x\"|\"x\\u0022\\n\\u0001é\"")]
    [DataRow("""{"type": "array", "items": {"type": "integer"}}""", "[]|[1]|[1, 2, 3]", "[\"a\"]|[1,2]|[1 , 2]")]
    [DataRow("""{"items": {"type": "integer"}, "minItems": 1, "maxItems": 3}""", "[1]|[1, 2, 3]", "[]|[1, 2, 3, 4]")]
    [DataRow(
        """{"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false}""", "[]|[1]|[1, \"a\"]", "[\"a\"]|[1, \"a\", 2]")]
    [DataRow(
        """{"prefixItems": [{"type": "integer"}], "items": {"type": "null"}, "minItems": 2, "maxItems": 3}""", "[1, null]|[1, null, null]",
        "[1]|[null, null]|[1, null, null, null]")]
    [DataRow("""{"prefixItems": [{"type": "integer"}, false], "type": "array"}""", "[]|[1]", "[1, 2]")]
    [DataRow("""{"type": "array", "maxItems": 0}""", "[]", "[1]")]
    [DataRow("""{"minimum": -5, "maximum": 120, "type": "integer"}""", "-5|-1|0|9|99|120", "-6|121|-10|200|999|1000")]
    [DataRow("""{"exclusiveMinimum": 0, "exclusiveMaximum": 3, "type": "integer"}""", "1|2", "0|3|-1|10")]
    [DataRow("""{"minimum": 1.5, "maximum": 3.5, "type": "integer"}""", "2|3", "1|4|2.0")]
    [DataRow("""{"minimum": 100, "type": "integer"}""", "100|101|999|1000|123456789012345678", "99|10|-100|0")]
    [DataRow("""{"maximum": -100, "type": "integer"}""", "-100|-101|-1000", "-99|0|100")]
    [DataRow(
        """{"minimum": 99999999999999999999, "type": "integer"}""", "99999999999999999999|100000000000000000000", "99999999999999999998|1")]
    [DataRow("""{"minimum": 0, "maximum": 1, "type": "number"}""", "0|1|0.5|0.999|1.0|0.0", "1.1|2|-0.1|1.01|-0|5e-1")]
    [DataRow(
        """{"exclusiveMinimum": -0.25, "exclusiveMaximum": 10, "type": "number"}""", "-0.2|-0.24999|0|9.99|3", "-0.25|-0.3|10|10.0|-0.250")]
    [DataRow("""{"pattern": "^a+b?$"}""", "\"a\"|\"aab\"", "\"\"|\"b\"|\"abb\"|\"xa\"")]
    [DataRow("""{"pattern": "b"}""", "\"b\"|\"abc\"|\"xx\\nb\"", "\"\"|\"ac\"")]
    [DataRow("""{"pattern": "^(ab)*$", "maxLength": 3}""", "\"\"|\"ab\"", "\"a\"|\"aba\"|\"abab\"")]
    [DataRow("""{"pattern": "^(a|bbb)$", "minLength": 2}""", "\"bbb\"", "\"a\"|\"bb\"")]
    [DataRow("""{"pattern": "^\\d{3}-[^\\d\\s]$"}""", "\"123-x\"|\"000-é\"", "\"12-x\"|\"123-4\"|\"123- \"|\"١٢٣-x\"")]
    [DataRow("""{"pattern": "^[\\u00e0-\\u00ff😀]$"}""", "\"é\"|\"😀\"", "\"e\"|\"\\u00e9\"")]
    [DataRow("""{"pattern": "^.\\n$"}""", "\"x\\n\"", "\"\\n\\n\"|\"xn\"")]
    [DataRow("""{"pattern": "^\\p{Lu}\\P{L}$"}""", "\"A1\"|\"É-\"", "\"a1\"|\"AB\"")]
    [DataRow("""{"format": "date"}""", "\"2024-01-31\"|\"1999-02-28\"", "\"2024-02-30\"|\"2023-02-29\"|\"2024-13-01\"|\"2024-1-1\"")]
    [DataRow(
        """{"format": "date-time"}""", "\"2024-01-31T12:00:00Z\"|\"2024-01-31T12:00:00.25+01:00\"",
        "\"2024-01-31\"|\"2024-01-31T25:00:00Z\"")]
    [DataRow("""{"format": "uuid"}""", "\"12345678-9abc-def0-1234-56789abcdef0\"", "\"12345678\"")]
    [DataRow("""{"format": "ipv4"}""", "\"127.0.0.1\"|\"255.255.255.255\"", "\"256.0.0.1\"|\"1.2.3\"")]
    public void Schema_OfOneKeyword_LetsThroughWhatItAllows(string schema, string allowed, string refused) =>
        Check(schema, allowed, refused);

    [TestMethod]
    [DataRow(
        """{"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]}""",
        "{\"a\": 1}|{\"a\": 1, \"b\": \"x\"}",
        "{}|{\"b\": \"x\"}|{\"b\": \"x\", \"a\": 1}|{\"a\": 1, \"c\": 1}|{\"a\": \"1\"}|{\"a\": 1,}")]
    [DataRow(
        """{"properties": {"a": true, "b": true, "c": true}, "required": ["b"]}""",
        "{\"b\": 1}|{\"a\": 1, \"b\": 2, \"c\": 3}|{\"b\": 2, \"c\": 3}", "{\"a\": 1}|{\"a\": 1, \"c\": 3}|{, \"b\": 1}")]
    [DataRow("""{"properties": {"a": {"type": "null"}}}""", "{}|{\"a\": null}", "{\"a\": 1}|{\"b\": 1}")]
    [DataRow("""{"type": "object"}""", "{}|{\"a\": 1, \"b\": [2]}", "[]|{1: 2}")]
    [DataRow(
        """{"properties": {"ab": {"type": "null"}}, "additionalProperties": {"type": "integer"}}""",
        "{}|{\"ab\": null}|{\"ab\": null, \"a\": 1, \"abc\": 2, \"\": 3}|{\"x\\\"\": 1}",
        "{\"ab\": 1}|{\"a\": 1, \"ab\": 2}|{\"a\": 1, \"ab\": null}|{\"\\u0061b\": 1}|{\"x\": \"y\"}")]
    [DataRow("""{"properties": {"a": true}, "additionalProperties": false, "required": ["a"]}""", "{\"a\": 1}", "{}|{\"a\": 1, \"b\": 2}")]
    [DataRow(
        """{"required": ["k"], "additionalProperties": {"type": "integer"}}""", "{\"k\": 1}|{\"k\": 1, \"l\": 2}",
        "{}|{\"l\": 2}|{\"k\": \"\"}")]
    [DataRow("""{"properties": {"a": false, "b": true}}""", "{}|{\"b\": 1}", "{\"a\": 1}")]
    [DataRow("""{"properties": {"é\"": {"type": "integer"}}, "required": ["é\""]}""", "{\"é\\\"\": 1}", "{\"é\": 1}")]
    [DataRow("""{"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 1}]}""", "1|\"a\"", "\"ab\"|null")]
    [DataRow("""{"oneOf": [{"type": "integer"}, {"type": "string"}]}""", "1|\"a\"", "null")]
    [DataRow("""{"oneOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}""", "1|3", "2")]
    [DataRow(
        """
        {"oneOf": [
          {"properties": {"k": {"const": "a"}, "x": {"type": "integer"}}, "required": ["k"]},
          {"properties": {"k": {"const": "b"}}, "required": ["k"]}]}
        """,
        "{\"k\": \"a\"}|{\"k\": \"a\", \"x\": 1}|{\"k\": \"b\"}", "{\"k\": \"b\", \"x\": 1}|{\"k\": \"c\"}")]
    [DataRow(
        """{"oneOf": [{"properties": {"x": true}, "required": ["x"]}, {"properties": {"y": true}, "required": ["y"]}]}""",
        "{\"x\": 1}|{\"y\": 1}", "{\"x\": 1, \"y\": 1}|{}")]
    [DataRow("""{"oneOf": [{"type": "integer", "maximum": 3}, {"type": "number", "minimum": 4}]}""", "3|-7|4|4.5", "3.5")]
    [DataRow(
        """
        {"allOf": [
          {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
          {"properties": {"a": {"minimum": 3}, "b": {"type": "null"}}}]}
        """,
        "{\"a\": 3}|{\"a\": 4, \"b\": null}", "{\"a\": 2}|{}|{\"b\": null}")]
    [DataRow(
        """{"allOf": [{"minLength": 2}, {"maxLength": 3, "pattern": "^a"}, {"pattern": "b$"}]}""", "\"ab\"|\"axb\"",
        "\"a\"|\"axxb\"|\"bb\"")]
    [DataRow(
        """{"properties": {"a": true, "b": true}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}""",
        "{\"a\": 1}|{\"b\": 1}|{\"a\": 1, \"b\": 1}", "{}")]
    [DataRow(
        """{"$defs": {"n": {"properties": {"v": {"type": "integer"}, "next": {"$ref": "#/$defs/n"}}, "required": """
        + """["v"]}}, "$ref": "#/$defs/n"}""",
        "{\"v\": 1}|{\"v\": 1, \"next\": {\"v\": 2, \"next\": {\"v\": 3}}}", "{\"next\": {\"v\": 1}}|{\"v\": 1, \"next\": {}}")]
    [DataRow("""{"type": "array", "items": {"$ref": "#"}}""", "[]|[[], [[]]]", "[1]")]
    [DataRow("""{"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": {"type": "null"}}}""", "null", "1")]
    [DataRow(
        """
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.org/x",
          "title": "t", "description": "d", "default": 1, "examples": [1],
          "deprecated": true, "$comment": "c", "type": "null"}
        """,
        "null", "1")]
    public void Schema_OfObjectsAndCombinations_LetsThroughWhatTheyAllow(string schema, string allowed, string refused) =>
        Check(schema, allowed, refused);

    [TestMethod]
    public void Spacing_OfEachKind_IsKept()
    {
        const string Schema = """{"properties": {"a": {"items": {"type": "integer"}}, "b": true}, "required": ["a"]}""";
        (string Spaced, string Compact, string Mixed) = (
            "{\"a\": [1, 2], \"b\": null}", "{\"a\":[1,2],\"b\":null}", "{\"a\":[1, 2],\"b\": null}");
        foreach ((JsonSpacing spacing, string[] allowed) in new[]
            {
                (JsonSpacing.Spaced, new[] { Spaced }), (JsonSpacing.Compact, [Compact]), (JsonSpacing.Either, [Spaced, Compact, Mixed]),
            })
        {
            ConstrainedText text = ConstrainedText.Of(Schema, new JsonConstraintOptions { Spacing = spacing });
            foreach (string one in new[] { Spaced, Compact, Mixed })
            {
                Assert.AreEqual(allowed.Contains(one), text.Accepts(one), $"{spacing}: {one}");
            }
        }
    }

    [TestMethod]
    public void OpenObjects_On_FollowsTheSpecification()
    {
        JsonConstraintOptions open = new() { OpenObjects = true };
        ConstrainedText objects = ConstrainedText.Of("""{"properties": {"a": {"type": "integer"}}}""", open);
        Assert.IsTrue(objects.Accepts("{\"a\": 1, \"b\": [true]}"));
        Assert.IsFalse(objects.Accepts("{\"b\": 1, \"a\": \"x\"}"));
        Assert.IsTrue(ConstrainedText.Of("""{"prefixItems": [{"type": "integer"}]}""", open).Accepts("[1, null]"));
    }

    [TestMethod]
    public void Choices_ThatBeginAlike_AreAllPossible()
    {
        ConstrainedText text = new(TokenConstraint.FromChoices(["yes", "yesterday", "no", "日"]));
        Assert.IsTrue(text.Accepts("yes") && text.Accepts("yesterday") && text.Accepts("no") && text.Accepts("日"));
        Assert.IsFalse(text.Accepts("ye") || text.Accepts("yesn") || text.Accepts(""));
    }

    [TestMethod]
    public void Nesting_BeyondTheLimit_IsNotBegun()
    {
        ConstrainedText text = ConstrainedText.Of("""{"type": "array", "items": {"$ref": "#"}}""");
        Assert.IsTrue(text.Accepts(new string('[', 64) + new string(']', 64)));
        Assert.IsFalse(text.Accepts(new string('[', 66) + new string(']', 66)));
        using System.Text.Json.JsonDocument parsed = System.Text.Json.JsonDocument.Parse(new string('[', 64) + new string(']', 64));
        Assert.AreEqual(1, parsed.RootElement.GetArrayLength());
    }

    private static void Check(string schema, string allowed, string refused)
    {
        ConstrainedText text = ConstrainedText.Of(schema);
        foreach (string one in allowed.Split('|'))
        {
            Assert.IsTrue(text.Accepts(one), $"{schema} does not allow {one}");
        }

        foreach (string one in refused.Split('|'))
        {
            Assert.IsFalse(text.Accepts(one), $"{schema} allows {one}");
        }
    }
}
