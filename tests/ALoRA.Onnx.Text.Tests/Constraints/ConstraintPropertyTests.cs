using System.Text.Json;
using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Automata;
using ALoRA.Onnx.Constraints.Masks;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Constraints;

/// <summary>Random schemas and random tokens: nothing ever leaves a schema, and there is always a way on.</summary>
[TestClass]
public sealed class ConstraintPropertyTests
{
    // 100,000 take half a minute of a core; that many, or more, are drawn where the variable ALORA_TEST_STREAMS says so.
    private const int DefaultStreams = 5_000;
    private const int StreamsPerSchema = 100;
    private const int MaxTokens = 60;
    private static readonly int Streams = int.TryParse(Environment.GetEnvironmentVariable("ALORA_TEST_STREAMS"), out int streams)
        ? streams
        : DefaultStreams;
    private static readonly Gen<int> Seeds = Gen.Int[0, int.MaxValue - 1];

    [TestMethod]
    public void RandomTokens_UnderRandomSchemas_ParseAndValidate()
    {
        int schemas = 0;
        int satisfiable = 0;
        int streams = 0;
        int complete = 0;
        Seeds.Sample(
            seed =>
            {
                Interlocked.Increment(ref schemas);
                string schema = RandomSchema.Create(seed);
                if (Compile(schema, open: seed % 2 == 0) is not TokenConstraint constraint)
                {
                    return;
                }

                Interlocked.Increment(ref satisfiable);
                ConstrainedText text = new(constraint);
                using JsonDocument parsedSchema = JsonDocument.Parse(schema);
                NaiveValidator validator = new(parsedSchema.RootElement);
                Random random = new(seed);
                for (int i = 0; i < StreamsPerSchema; i++)
                {
                    Interlocked.Increment(ref streams);
                    if (text.Draw(random, MaxTokens) is string drawn)
                    {
                        Interlocked.Increment(ref complete);
                        using JsonDocument parsed = JsonDocument.Parse(drawn);
                        if (RepeatsAName(parsed.RootElement))
                        {
                            continue;
                        }

                        Assert.IsTrue(validator.IsValid(parsed.RootElement), $"{schema} does not allow {drawn}");
                    }
                }
            },
            iter: Streams / StreamsPerSchema * 5 / 4);
        Console.WriteLine(
            $"{schemas} schemas, {satisfiable} of them satisfiable, {streams} streams, {complete} complete within {MaxTokens} tokens");
        Assert.IsGreaterThanOrEqualTo(Streams, streams);
        Assert.IsGreaterThan(streams * 2 / 3, complete);
    }

    /// <summary>Names of which some lead to values that there are not: a mask let tokens through that the machine then refused.</summary>
    [TestMethod]
    [DataRow(1890566309)]
    [DataRow(556922351)]
    public void RandomTokens_NamesThatLeadNowhere_AreNotOffered(int seed)
    {
        TokenConstraint constraint = Compile(RandomSchema.Create(seed), open: seed % 2 == 0)!;
        ConstrainedText text = new(constraint);
        Random random = new(seed);
        string[] drawn = [.. Enumerable.Range(0, StreamsPerSchema).Select(_ => text.Draw(random, MaxTokens)).OfType<string>()];
        Assert.IsTrue(Array.TrueForAll(drawn, text.Accepts), string.Join('\n', drawn));
    }

    [TestMethod]
    public void Mask_AnyState_IsTheNaiveOne()
    {
        Seeds.Sample(
            seed =>
            {
                string schema = RandomSchema.Create(seed);
                if (Compile(schema, open: seed % 2 == 0) is not TokenConstraint constraint)
                {
                    return;
                }

                ConstraintVocabulary vocabulary = ByteVocabulary.Instance;
                ConstraintMachine machine = new(constraint.Program, vocabulary);
                LazyAutomaton naive = new(constraint.Program);
                Random random = new(seed);
                int state = naive.Start;
                for (int step = 0; step < 20; step++)
                {
                    TokenMask mask = machine.Mask;
                    List<int> allowed = [];
                    for (int id = 0; id < vocabulary.Size; id++)
                    {
                        bool isAllowed = !vocabulary.BytesOf(id).IsEmpty && Step(naive, state, id) != LazyAutomaton.Dead;
                        Assert.AreEqual(isAllowed, mask.Contains(id), $"{schema}: id {id} at step {step}");
                        if (isAllowed)
                        {
                            allowed.Add(id);
                        }
                    }

                    Assert.AreEqual(allowed.Count, mask.Count);
                    if (allowed.Count == 0)
                    {
                        return;
                    }

                    int next = allowed[random.Next(allowed.Count)];
                    state = Step(naive, state, next);
                    Assert.IsTrue(machine.Advance(next));
                }
            },
            iter: 100);
    }

    [TestMethod]
    [DataRow("""{"type": "string", "minLength": 700, "maxLength": 2000}""")]
    [DataRow("""{"type": "string", "pattern": "^[a-z]+$", "minLength": 700, "maxLength": 2000}""")]
    [DataRow("""{"type": "array", "items": {"type": "string", "maxLength": 3}, "minItems": 500, "maxItems": 700}""")]
    public void Mask_FarFromALimit_IsComputedOnce(string schema)
    {
        ConstraintMachine machine = new(TokenConstraint.FromJsonSchema(schema).Program, ByteVocabulary.Instance);
        string start = schema.Contains("array", StringComparison.Ordinal) ? "[\"a\"" : "\"";
        string round = schema.Contains("array", StringComparison.Ordinal) ? ", \"a\"" : "a";
        Take(machine, start);
        for (int i = 0; i < 200; i++)
        {
            Take(machine, round);
        }

        Assert.IsLessThan(60, machine.ComputedMasks);
    }

    [TestMethod]
    public void Machine_ThatIsEmptiedInBetween_GoesOn()
    {
        LazyAutomaton automaton = new(TokenConstraint.FromJsonSchema("true").Program);
        int state = automaton.Start;
        foreach (byte value in "[{\"a\": [1, [\"x\\"u8)
        {
            state = automaton.Step(automaton.Reset(state), value);
        }

        foreach (byte value in "n\"]]}]"u8)
        {
            Assert.IsFalse(automaton.IsComplete(state));
            state = automaton.Step(state, value);
        }

        Assert.IsTrue(automaton.IsComplete(state));
    }

    private static void Take(ConstraintMachine machine, string text)
    {
        foreach (byte value in System.Text.Encoding.UTF8.GetBytes(text))
        {
            Assert.IsTrue(machine.Mask.Contains(value));
            Assert.IsTrue(machine.Advance(value));
        }
    }

    // Names of additional members may repeat each other, and parsers differ on what that means.
    private static bool RepeatsAName(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().DistinctBy(member => member.Name).Count() < value.GetPropertyCount()
            || value.EnumerateObject().Any(member => RepeatsAName(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(RepeatsAName),
        _ => false,
    };

    // Null if nothing satisfies it, or one of the few combinations is in it that can't be enforced.
    private static TokenConstraint? Compile(string schema, bool open)
    {
        try
        {
            return TokenConstraint.FromJsonSchema(schema, new JsonConstraintOptions { OpenObjects = open });
        }
        catch (JsonSchemaException exception)
            when (exception.Pointer.Length == 0
                || exception.Message.Contains("can't be enforced", StringComparison.Ordinal)
                || exception.Message.Contains("can be enforced for at most", StringComparison.Ordinal)
                || exception.Message.Contains("the automaton would have more than", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static int Step(LazyAutomaton automaton, int state, int id)
    {
        foreach (byte value in ByteVocabulary.Instance.BytesOf(id))
        {
            state = automaton.Step(state, value);
        }

        return state;
    }
}
