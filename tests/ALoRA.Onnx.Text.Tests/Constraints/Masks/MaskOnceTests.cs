using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Text.Tests.Constraints.Masks;

/// <summary>
/// What the speed of masks rests on, with a vocabulary of 128,256 tokens: each is computed once, and found again afterwards.
/// </summary>
[TestClass]
public sealed class MaskOnceTests
{
    private static readonly (string Schema, string Text)[] Cases =
    [
        ("""{"properties": {"score": {"enum": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}}, "required": ["score"]}""",
            "{\"score\": \"7\"}"),
        ("""
            {
              "type": "array",
              "items": {
                "properties": {
                  "r": {"type": "integer", "minimum": 0, "maximum": 40},
                  "c": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                  "why": {"type": "string"}
                },
                "required": ["r", "c", "why"]
              }
            }
            """,
            "[{\"r\": 3, \"c\": [12, 4, 188], \"why\": \"The response cites the documents: it \\\"quotes\\\" the first.\"}, "
            + "{\"r\": 12, \"c\": [], \"why\": \"Nothing — naïve.\"}]"),
        ("true",
            "{\"name\": \"Ada Lovelace\", \"born\": 1815, \"tags\": [\"math\", {\"deep\": [null, true, 1.5e3]}], "
            + "\"text\": \"Line one\\nline two with some more words in it.\"}"),
        ("""
            {
              "properties": {
                "title": {"type": "string", "minLength": 3, "maxLength": 80},
                "date": {"format": "date"},
                "id": {"pattern": "^[A-Z]{3}-\\d{4,8}$"},
                "slug": {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
                "lang": {"enum": ["en", "de", "english", "german"]},
                "price": {"type": "number", "minimum": 0, "maximum": 10000},
                "opt": {"type": ["string", "null"]}
              }
            }
            """,
            "{\"title\": \"A walk through the park on a sunny day\", \"date\": \"2024-06-30\", \"id\": \"ABC-123456\", "
            + "\"slug\": \"a-walk-through-the-park\", \"lang\": \"english\", \"price\": 1234.56, \"opt\": null}"),
        ("""
            {
              "anyOf": [
                {
                  "properties": {
                    "name": {"const": "get_weather"},
                    "arguments": {"properties": {"city": {"type": "string"}}, "required": ["city"]}
                  },
                  "required": ["name", "arguments"]
                },
                {
                  "properties": {
                    "name": {"const": "search"},
                    "arguments": {"properties": {"query": {"type": "string"}}, "additionalProperties": {"type": "string"}}
                  },
                  "required": ["name", "arguments"]
                }
              ]
            }
            """,
            "{\"name\": \"search\", \"arguments\": {\"query\": \"weather in Zürich tomorrow\", \"other\": \"yes please\"}}"),
    ];

    [TestMethod]
    [DataRow("llama3_1")]
    [DataRow("demo-small")]
    public void Mask_OfAVocabulary_IsComputedOnce(string name)
    {
        HfTokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name));
        ConstraintVocabulary vocabulary = new(tokenizer, tokenizer.VocabularySize);
        foreach ((string schema, string text) in Cases)
        {
            int[] ids = tokenizer.Encode(text);
            ConstraintMachine machine = new(TokenConstraint.FromJsonSchema(schema).Program, vocabulary);
            Run(machine, ids);
            long computed = machine.ComputedMasks;
            Run(machine, ids);
            Assert.IsGreaterThan(0, computed);
            Assert.IsLessThanOrEqualTo(ids.Length, computed, text);
            Assert.AreEqual(computed, machine.ComputedMasks, text);
        }
    }

    private static void Run(ConstraintMachine machine, int[] ids)
    {
        machine.Begin();
        foreach (int id in ids)
        {
            Assert.IsTrue(machine.Mask.Contains(id));
            Assert.IsTrue(machine.Advance(id));
        }

        Assert.IsTrue(machine.IsComplete);
    }
}
