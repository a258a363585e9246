using ALoRA.Onnx.Constraints;

namespace ALoRA.Onnx.Text.Tests.Constraints.Schemas;

/// <summary>Keywords as the standard says them: members and items that a schema does not name are allowed.</summary>
[TestClass]
public sealed class StandardKeywordTests
{
    private const string Draft4 = "http://json-schema.org/draft-04/schema#";
    private const string Draft6 = "http://json-schema.org/draft-06/schema#";
    private const string Draft7 = "http://json-schema.org/draft-07/schema#";
    private const string Draft2019 = "https://json-schema.org/draft/2019-09/schema";
    private const string Draft2020 = "https://json-schema.org/draft/2020-12/schema";

    [TestMethod]
    [DataRow("""{"minimum": 3}""", "3|null|\"a\"|[]|{}|4.5", "2|-1|2.99")]
    [DataRow("""{"minimum": 0}""", "0|0.0|1e2|5", "-1|-0.1")]
    [DataRow("""{"type": "integer"}""", "1|1.0|-3.00|-0", "1.5|\"1\"")]
    [DataRow("""{"type": "integer", "minimum": 2, "maximum": 12}""", "2|2.0|12.0|7", "1.0|12.5|13")]
    [DataRow("""{"multipleOf": 3}""", "0|3|-12|999|6.0|\"x\"", "1|3.5|100|-4")]
    [DataRow("""{"multipleOf": 0.01}""", "0.07|1|19.99|2.50|0.0100", "0.075|0.001|3.141")]
    [DataRow("""{"multipleOf": 2.5, "minimum": 5, "maximum": 10}""", "5|7.5|10|7.50", "2.5|6|12.5")]
    [DataRow("""{"multipleOf": 12, "allOf": [{"multipleOf": 8}]}""", "0|24|48", "12|8|36")]
    [DataRow("""{"type": "integer", "not": {"multipleOf": 2}}""", "1|-3|7.0", "2|0|4.0")]
    [DataRow("""{"not": {"type": "integer"}}""", "1.5|\"a\"|null", "1|2.0")]
    [DataRow("""{"type": "number", "not": {"enum": [1, 2.5]}}""", "0|1.5|2|3|-1", "1|1.0|2.5|2.50")]
    [DataRow("""{"type": "string", "not": {"enum": ["a", "ab"]}}""", "\"\"|\"b\"|\"abc\"", "\"a\"|\"ab\"")]
    [DataRow("""{"type": "string", "not": {"pattern": "^a"}}""", "\"\"|\"ba\"", "\"a\"|\"ab\"")]
    [DataRow("""{"type": "string", "not": {"pattern": "\\d"}}""", "\"\"|\"ba\"", "\"1\"|\"a٣\"")]
    [DataRow("""{"type": "string", "not": {"minLength": 2}}""", "\"\"|\"b\"", "\"ab\"")]
    [DataRow("""{"type": "string", "not": {"maxLength": 2}}""", "\"abc\"", "\"\"|\"ab\"")]
    [DataRow("""{"not": {"minimum": 3, "maximum": 5}}""", "2|6", "3|4|5|\"a\"|null")]
    [DataRow("""{"not": {"const": [1, {"a": 2}]}}""", "[]|[1]|[1,{\"a\":3}]|[1,{}]|[2,{\"a\":2}]|null", "[1,{\"a\":2}]")]
    [DataRow("""{"not": {"const": {}}}""", "[]|{\"a\":1}", "{}")]
    [DataRow("""{"not": {"required": ["a", "b"]}}""", "{\"a\":1}|{\"b\":1}|{}", "{\"a\":1,\"b\":2}|1")]
    [DataRow("""{"not": {"properties": {"a": {"type": "integer"}}}}""", "{\"a\":\"x\"}|{\"b\":1,\"a\":null}", "{}|{\"a\":1}|3")]
    [DataRow("""{"not": {"additionalProperties": {"type": "integer"}}}""", "{\"a\":1,\"b\":\"x\",\"c\":2}", "{}|{\"a\":1}")]
    [DataRow("""{"not": {"patternProperties": {"^a": {"type": "integer"}}}}""", "{\"b\":1,\"ab\":\"x\"}", "{}|{\"ab\":1}|{\"b\":\"x\"}")]
    [DataRow("""{"not": {"propertyNames": {"maxLength": 2}}}""", "{\"a\":1,\"abc\":1}", "{}|{\"ab\":1}")]
    [DataRow("""{"not": {"items": {"type": "integer"}}}""", "[1,\"a\"]|[null]", "[]|[1,2]")]
    [DataRow("""{"not": {"contains": {"type": "integer"}}}""", "[]|[\"a\"]", "[1]|[\"a\",2]")]
    [DataRow("""{"not": {"minItems": 1}}""", "[]", "[1]|{}")]
    [DataRow("""{"not": {"maxProperties": 1}}""", "{\"a\":1,\"b\":1}", "{}|{\"a\":1}")]
    [DataRow("""{"not": {"minProperties": 1}}""", "{}", "{\"a\":1}")]
    [DataRow("""{"not": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}""", "1.5|null", "1|\"a\"")]
    [DataRow("""{"not": {"not": {"type": "string"}}}""", "\"a\"", "1")]
    [DataRow("""{"oneOf": [{"type": "integer"}, {"minimum": 2}]}""", "1|2.5|\"a\"", "3|1.5")]
    [DataRow("""{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}""", "{\"a\":1}|{\"b\":1,\"c\":2}", "{}|{\"a\":1,\"b\":1}|3")]
    [DataRow("""{"oneOf": [{"pattern": "^a"}, {"pattern": "b$"}], "type": "string"}""", "\"a\"|\"b\"", "\"ab\"|\"c\"")]
    [DataRow("""{"if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"multipleOf": 3}}""", "20|3|0|\"a\"", "15|4")]
    [DataRow("""{"if": {"properties": {"k": {"const": 1}}, "required": ["k"]}, "then": {"required": ["v"]}}""",
        "{}|{\"k\":2}|{\"k\":1,\"v\":0}|{\"k\":\"x\"}", "{\"k\":1}|{\"k\":1.0,\"w\":0}")]
    [DataRow("""{"const": 1}""", "1|1.0", "1.5|2|true")]
    [DataRow("""{"const": {"a": 1, "b": [2.0]}}""", "{\"a\":1,\"b\":[2]}|{\"b\":[2.0],\"a\":1.0}", "{\"a\":1}|{\"a\":1,\"b\":[2],\"c\":1}")]
    public void Schema_OfValues_LetsThroughWhatItAllows(string schema, string allowed, string refused) => Check(schema, allowed, refused);

    [TestMethod]
    [DataRow("""{"patternProperties": {"^a": {"type": "integer"}, "b$": {"minimum": 3}}, "additionalProperties": false}""",
        "{}|{\"a\":1}|{\"ab\":3}|{\"b\":3.5}", "{\"a\":1.5}|{\"ab\":2}|{\"ab\":3.5}|{\"c\":1}")]
    [DataRow("""{"properties": {"ab": {"minimum": 2}}, "patternProperties": {"^a": {"type": "integer"}}}""",
        "{\"ab\":2}|{\"c\":null}|{\"ab\":2,\"ac\":1}", "{\"ab\":1}|{\"ab\":2.5}|{\"ac\":\"x\"}")]
    [DataRow("""{"propertyNames": {"pattern": "^a", "maxLength": 3}}""", "{}|{\"a\":1,\"abc\":2}|3", "{\"b\":1}|{\"abcd\":1}")]
    [DataRow(
        """{"propertyNames": {"enum": ["x", "y"]}, "properties": {"x": true, "z": true}}""", "{\"x\":1,\"y\":2}", "{\"z\":1}|{\"w\":1}")]
    [DataRow("""{"propertyNames": false}""", "{}|[]", "{\"a\":1}")]
    [DataRow("""{"minProperties": 2, "maxProperties": 3}""", "{\"a\":1,\"b\":2}|{\"a\":1,\"b\":2,\"c\":3}|1",
        "{}|{\"a\":1}|{\"a\":1,\"b\":2,\"c\":3,\"d\":4}")]
    [DataRow("""{"maxProperties": 0}""", "{}", "{\"a\":1}")]
    [DataRow(
        """{"properties": {"a": true, "b": true}, "required": ["b"], "minProperties": 2}""", "{\"a\":1,\"b\":2}|{\"b\":2,\"c\":3}",
        "{\"b\":1}")]
    [DataRow(
        """{"dependentRequired": {"a": ["b"]}}""", "{}|{\"b\":1}|{\"a\":1,\"b\":1}|{\"a\":1,\"x\":2,\"b\":1}",
        "{\"a\":1}|{\"a\":1,\"c\":1}")]
    [DataRow(
        """{"dependencies": {"a": ["b"], "c": {"minProperties": 3}}}""", "{\"a\":1,\"b\":1}|{\"c\":1,\"d\":1,\"e\":1}",
        "{\"a\":1}|{\"c\":1,\"d\":2}")]
    [DataRow(
        """{"dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}}}}""", "{\"b\":\"x\"}|{\"b\":2,\"a\":1}",
        "{\"b\":\"x\",\"a\":1}")]
    [DataRow("""{"items": [{"type": "integer"}, true], "additionalItems": {"type": "null"}}""", "[]|[1]|[1,\"a\",null]", "[\"a\"]|[1,2,3]")]
    [DataRow("""{"additionalItems": false, "items": {"type": "integer"}}""", "[]|[1,2]", "[\"a\"]")]
    [DataRow("""{"contains": {"type": "integer"}}""", "[1]|[\"a\",1,\"b\"]|3", "[]|[\"a\"]")]
    [DataRow("""{"contains": {"minimum": 5}, "minContains": 2, "maxContains": 3, "items": {"type": "integer"}, "maxItems": 4}""",
        "[5,6]|[1,5,6,7]", "[5]|[5,6,7,8]|[1,2,3,5,6]|[5,5.5]")]
    [DataRow("""{"contains": {"type": "integer"}, "minContains": 0}""", "[]|[\"a\"]|[1]", "[}")]
    [DataRow(
        """{"uniqueItems": true, "items": {"enum": ["a", "b", 1]}, "minItems": 1}""", "[\"a\"]|[1,\"b\",\"a\"]",
        "[]|[\"a\",\"a\"]|[1,1.0]|[\"c\"]")]
    [DataRow("""{"uniqueItems": true, "items": {"type": "boolean"}}""", "[]|[true,false]", "[true,true]")]
    [DataRow("""{"uniqueItems": true, "maxItems": 1}""", "[]|[7]", "[7,8]")]
    [DataRow("""{"allOf": [{"properties": {"a": true}}], "properties": {"b": true}, "unevaluatedProperties": false}""",
        "{}|{\"b\":1,\"a\":2}", "{\"c\":1}")]
    [DataRow("""{"anyOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"b": true}, "required": """
        + """["b"]}], "unevaluatedProperties": false}""",
        "{\"a\":1}|{\"b\":1}|{\"a\":1,\"b\":2}", "{}|{\"a\":1,\"c\":2}|{\"a\":\"x\",\"b\":2}")]
    [DataRow(
        """{"not": {"properties": {"a": {"type": "integer"}}}, "unevaluatedProperties": {"type": "string"}}""", "{\"a\":\"x\"}",
        "{\"a\":null}")]
    [DataRow(
        """{"prefixItems": [true], "allOf": [{"prefixItems": [true, {"type": "integer"}]}], "unevaluatedItems": false}""", "[1]|[1,2]",
        "[1,2,3]|[1,\"a\"]")]
    public void Schema_OfParts_LetsThroughWhatItAllows(string schema, string allowed, string refused) => Check(schema, allowed, refused);

    [TestMethod]
    [DataRow($$$$"""{"$schema": "{{{{Draft4}}}}", "type": "integer"}""", "1|0", "1.0|1.5")]
    [DataRow($$$$"""{"$schema": "{{{{Draft4}}}}", "minimum": 3, "exclusiveMinimum": true}""", "4|3.5", "3|2")]
    [DataRow("""{"maximum": 3, "exclusiveMaximum": true}""", "2|2.5", "3|4")]
    [DataRow(
        $$$$"""{"$schema": "{{{{Draft4}}}}", "const": 1, "propertyNames": false, "if": false, "prefixItems": """
        + """[false]}""", "1|2|{\"a\":1}|[1]",
        "x")]
    [DataRow($$$$"""{"$schema": "{{{{Draft7}}}}", "dependentRequired": {"a": ["b"]}, "unevaluatedProperties": false}""", "{\"a\":1}", "x")]
    [DataRow(
        $$$$"""{"$schema": "{{{{Draft7}}}}", "$ref": "#/definitions/p", "maximum": 3, "definitions": {"p": {"type": "integer"}}}""", "1|7",
        "\"a\"")]
    [DataRow($$$$"""{"$schema": "{{{{Draft2019}}}}", "$ref": "#/$defs/p", "maximum": 3, "$defs": {"p": """
    + """{"type": "integer"}}}""", "1", "7|\"a\"")]
    [DataRow("""{"$ref": "#here", "$defs": {"a": {"$anchor": "here", "type": "null"}}}""", "null", "1")]
    [DataRow($$$$"""{"$schema": "{{{{Draft6}}}}", "$ref": "#here", "definitions": {"a": {"$id": "#here", "type": "null"}}}""", "null", "1")]
    [DataRow(
        """{"$id": "http://x.org/a/b.json", "$ref": "c.json#/$defs/n", "$defs": {"c": {"$id": "c.json", "$defs": """
        + """{"n": {"type": "null"}}}}}""",
        "null", "1")]
    [DataRow(
        """{"$id": "http://x.org/a.json", "properties": {"p": {"$ref": "a.json#/$defs/n"}}, "$defs": {"n": {"type": "null"}}}""",
        "{\"p\":null}", "{\"p\":1}")]
    [DataRow("""{"$id": "urn:x:1", "items": {"$ref": "urn:x:1#/$defs/n"}, "$defs": {"n": {"type": "null"}}}""", "[null]", "[1]")]
    [DataRow("""{"$dynamicAnchor": "n", "type": "array", "items": {"$dynamicRef": "#n"}}""", "[]|[[]]", "[1]")]
    [DataRow(
        $$$$"""{"$schema": "{{{{Draft2019}}}}", "$recursiveAnchor": true, "type": "array", "items": """
        + """{"$recursiveRef": "#"}}""", "[]|[[]]", "[1]")]
    [DataRow(
        """{"contentEncoding": "base64", "contentMediaType": "x", "contentSchema": false, "$vocabulary": {"x": true}}""", "\"?\"|1", "x")]
    [DataRow("""{"properties": {"$ref": {"type": "integer"}}}""", "{\"$ref\":1}", "{\"$ref\":\"x\"}")]
    public void Schema_OfADraft_IsReadAsThatDraftSays(string schema, string allowed, string refused) => Check(schema, allowed, refused);

    [TestMethod]
    public void Order_OfMembers_IsThatOfTheSchemaThenOfThoseItApplies()
    {
        const string Schema = """
            {"properties": {"b": true}, "allOf": [{"properties": {"a": true}, "required": ["r"]}], "anyOf":
            [{"properties": {"c": true}}, {"properties": {"d": true}}]}
            """;
        Check(Schema, "{\"b\":1,\"a\":1,\"c\":1,\"d\":1,\"r\":1,\"x\":1}", "{\"a\":1,\"b\":1,\"r\":1}");
    }

    [TestMethod]
    public void Notes_OfUnknownKeywords_NameEachPlace()
    {
        TokenConstraint constraint = TokenConstraint.FromJsonSchema(
            """{"x-a": 1, "$schema": "https://json-schema.org/draft/2020-12/schema", "items": {"$vendor": 1}, "$defs": {"u": {"y": 1}}}""");
        Assert.HasCount(2, constraint.Notes);
        Assert.StartsWith("/x-a: ", constraint.Notes[0]);
        Assert.StartsWith("/items/$vendor: ", constraint.Notes[1]);
        Assert.IsEmpty(TokenConstraint.FromJsonSchema(Draft2020.Length > 0 ? """{"title": "x", "contentEncoding": "y"}""" : "").Notes);
        Assert.IsEmpty(TokenConstraint.FromChoices(["a"]).Notes);
    }

    [TestMethod]
    public void UnknownKeywords_Refuse_NamesTheFirst()
    {
        SchemaOptions options = new() { UnknownKeywords = UnknownKeywords.Refuse };
        JsonSchemaException exception = Assert.ThrowsExactly<JsonSchemaException>(
            () => TokenConstraint.FromJsonSchema("""{"items": {"typo": 1}}""", options));
        Assert.AreEqual("/items/typo", exception.Pointer);
        Assert.IsNotNull(TokenConstraint.FromJsonSchema("""{"items": {"title": "x"}}""", options));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => TokenConstraint.FromJsonSchema("true", new SchemaOptions { UnknownKeywords = (UnknownKeywords)7 }));
    }

    [TestMethod]
    public void Notes_OfWhatIsNotGenerated_NameTheKeyword()
    {
        TokenConstraint constraint = TokenConstraint.FromJsonSchema(
            """{"oneOf": [{"type": "string", "format": "date"}, {"enum": ["2024-01-01", 5], "type": ["string", "integer"]}, """
            + """{"maxLength": 3, "type": "string"}]}""");
        Assert.Contains(note => note.StartsWith("/oneOf/0/format: ", StringComparison.Ordinal), constraint.Notes);
    }

    [TestMethod]
    public void Compilation_ThatIsCancelled_Ends()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(
            () => TokenConstraint.FromJsonSchema("""{"type": "object"}""", new SchemaOptions(), source.Token));
    }

    private static void Check(string schema, string allowed, string refused)
    {
        ConstrainedText text = ConstrainedText.Of(schema, new JsonConstraintOptions { Spacing = JsonSpacing.Compact, OpenObjects = true });
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
