using System.Diagnostics;
using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Text.Tests.Constraints.Masks;

/// <summary>What masks cost on a vocabulary of 128,256 tokens; printed, and never a reason to fail. Limits: 50 µs at the median, 1 ms at the 99th percentile.</summary>
[TestClass]
public sealed class MaskSpeedTests
{
    private const int LogitsSize = 128_256;
    private const int Repetitions = 7;

    private static readonly (string Schema, string Text)[] Cases =
    [
        ("""{"properties": {"score": {"enum": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}}, "required": ["score"]}""", "{\"score\": \"7\"}"),
        ("""
            {"type": "array", "items": {"properties": {"r": {"type": "integer", "minimum": 0, "maximum": 40}, "c": {"type": "array", "items": {"type": "integer", "minimum": 0}}, "why": {"type": "string"}},
            "required": ["r", "c", "why"]}}
            """, "[{\"r\": 3, \"c\": [12, 4, 188], \"why\": \"The response cites the documents: it \\\"quotes\\\" the first.\"}, {\"r\": 12, \"c\": [], \"why\": \"Nothing — naïve.\"}]"),
        ("true", "{\"name\": \"Ada Lovelace\", \"born\": 1815, \"tags\": [\"math\", {\"deep\": [null, true, 1.5e3]}], \"text\": \"Line one\\nline two with some more words in it.\"}"),
        ("""
            {"properties": {"title": {"type": "string", "minLength": 3, "maxLength": 80}, "date": {"format": "date"}, "id": {"pattern": "^[A-Z]{3}-\\d{4,8}$"},
            "slug": {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}, "lang": {"enum": ["en", "de", "english", "german"]}, "price": {"type": "number", "minimum": 0, "maximum": 10000}, "opt": {"type": ["string", "null"]}}}
            """, "{\"title\": \"A walk through the park on a sunny day\", \"date\": \"2024-06-30\", \"id\": \"ABC-123456\", \"slug\": \"a-walk-through-the-park\", \"lang\": \"english\", \"price\": 1234.56, \"opt\": null}"),
        ("""
            {"anyOf": [{"properties": {"name": {"const": "get_weather"}, "arguments": {"properties": {"city": {"type": "string"}}, "required": ["city"]}}, "required": ["name", "arguments"]},
            {"properties": {"name": {"const": "search"}, "arguments": {"properties": {"query": {"type": "string"}}, "additionalProperties": {"type": "string"}}}, "required": ["name", "arguments"]}]}
            """, "{\"name\": \"search\", \"arguments\": {\"query\": \"weather in Zürich tomorrow\", \"other\": \"yes please\"}}"),
    ];

    [TestMethod]
    public void Mask_OfALargeVocabulary_PrintsItsTime()
    {
        HfTokenizer tokenizer = HfTokenizer.Load(RepositoryFolder.Shared("conformance", "text", "tokenizers", "llama3_1"));
        ConstraintVocabulary vocabulary = new(tokenizer, LogitsSize);
        List<double> first = [];
        List<double> again = [];
        foreach ((string schema, string text) in Cases)
        {
            TokenConstraint constraint = TokenConstraint.FromJsonSchema(schema);
            int[] ids = tokenizer.Encode(text);
            double[] best = [.. Enumerable.Repeat(double.MaxValue, ids.Length)];
            for (int i = 0; i < Repetitions; i++)
            {
                // A machine of its own knows nothing yet: every state is new to it.
                ConstraintMachine machine = new(constraint.Program, vocabulary);
                Run(machine, ids, best);
                again.AddRange(i < Repetitions - 1 ? [] : Run(machine, ids, [.. best]));
            }

            first.AddRange(best);
        }

        Print($"schemas seen for the first time (best of {Repetitions})", first);
        Print("schemas used before", again);
    }

    private static List<double> Run(ConstraintMachine machine, int[] ids, double[] best)
    {
        List<double> times = [];
        machine.Begin();
        for (int i = 0; i < ids.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            TokenMask mask = machine.Mask;
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            best[i] = Math.Min(best[i], times[^1]);
            Assert.IsTrue(mask.Contains(ids[i]));
            Assert.IsTrue(machine.Advance(ids[i]));
        }

        Assert.IsTrue(machine.IsComplete);
        return times;
    }

    private static void Print(string what, List<double> times)
    {
        times.Sort();
        Console.WriteLine(FormattableString.Invariant(
            $"{times.Count} masks of {LogitsSize} tokens, {what}: median {times[times.Count / 2]:F1} µs, 99th percentile {times[(int)(times.Count * 0.99)]:F1} µs, largest {times[^1]:F1} µs"));
    }
}
