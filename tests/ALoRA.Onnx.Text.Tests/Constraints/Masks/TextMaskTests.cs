using System.Text.Json;
using ALoRA.Onnx.Constraints.Automata;
using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Text.Tests.Constraints.Masks;

/// <summary>Masks within strings, where tokens are walked by the classes of their characters: as if every token was asked.</summary>
[TestClass]
public sealed class TextMaskTests
{
    [TestMethod]
    [DataRow("""{"type": "string", "pattern": "^$|(^(?:\\S+\\s+){0,3}\\S+$)", "maxLength": 30}""")]
    [DataRow("""{"type": "string", "pattern": "^$|(^(?:\\S+\\s+){0,9}\\S+$)"}""")]
    [DataRow("""{"type": "string", "pattern": "^[a-z0-9-]+$", "minLength": 3, "maxLength": 400}""")]
    [DataRow("""{"type": "string", "pattern": "ab+c"}""")]
    [DataRow("""{"type": "string", "pattern": "ab+c", "maxLength": 12}""")]
    [DataRow("""{"type": "string", "pattern": "^a.*\\n?z$"}""")]
    [DataRow("""{"type": "string", "pattern": "^(\\p{L}|\\s)*$"}""")]
    [DataRow("""{"type": "string", "pattern": "^[^\\\\\"é]*$"}""")]
    [DataRow("""{"type": "string", "not": {"enum": ["name", "na", "日本"]}}""")]
    [DataRow("""{"anyOf": [{"type": "string", "pattern": "^[a-f]*$"}, {"type": "string", "pattern": "^[e-z]+[0-9]$"}]}""")]
    [DataRow("""{"anyOf": [{"enum": ["name", "xyz"]}, {"type": "string", "pattern": "^[^x]{0,5}$"}, {"maxLength": 4}]}""")]
    [DataRow("""{"type": "string", "format": "uri"}""")]
    [DataRow("""{"type": "string", "format": "email", "maxLength": 60}""")]
    [DataRow("""{"type": "string", "format": "date-time"}""")]
    [DataRow("""
        {"type": "object", "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "na": {}, "a\"b": {}},
        "patternProperties": {"^x-": {"type": "integer"}}, "propertyNames": {"maxLength": 9}}
        """)]
    [DataRow("""{"type": "object", "properties": {"name": {"type": "string"}, "na": {}, "aaaaaaaab": {}}, "additionalProperties": {}}""")]
    public void Mask_WithinStrings_IsTheNaiveOne(string schema)
    {
        ConstraintVocabulary vocabulary = ByteVocabulary.Instance;
        ByteProgram program = TokenConstraint.FromJsonSchema(schema, new SchemaOptions { OpenObjects = true }).Program;
        LazyAutomaton naive = new(program);
        ConstraintMachine[] machines =
            [.. new[] { 0, 40, int.MaxValue }.Select(nodes => new ConstraintMachine(program, vocabulary, nodes))];
        Random random = new(7);
        for (int text = 0; text < 20; text++)
        {
            int state = naive.Start;
            Array.ForEach(machines, machine => machine.Begin());
            for (int step = 0; step < 30; step++)
            {
                List<int> allowed = [.. Enumerable.Range(0, vocabulary.Size).Where(id => Step(naive, state, id) != LazyAutomaton.Dead)];
                foreach (ConstraintMachine machine in machines)
                {
                    List<int> masked = [.. Enumerable.Range(0, vocabulary.Size).Where(machine.Mask.Contains)];
                    CollectionAssert.AreEqual(allowed, masked, $"text {text}, step {step}");
                    Assert.AreEqual(allowed.Count, machine.Mask.Count);
                }

                if (allowed.Count == 0)
                {
                    break;
                }

                int next = allowed[random.Next(allowed.Count)];
                state = Step(naive, state, next);
                Assert.IsTrue(Array.TrueForAll(machines, machine => machine.Advance(next)));
            }
        }
    }

    [TestMethod]
    public void Mask_OfAPattern_WithALargeVocabulary_IsTheNaiveOne()
    {
        HfTokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", "llama3_1"));
        ConstraintVocabulary vocabulary = new(tokenizer, tokenizer.VocabularySize);
        ByteProgram program = TokenConstraint.FromJsonSchema("""{"type": "string", "pattern": "^(?:\\S+\\s+){0,2}\\S{1,20}$"}""").Program;
        LazyAutomaton naive = new(program);
        ConstraintMachine machine = new(program, vocabulary);
        int state = naive.Start;
        foreach (int token in tokenizer.Encode("\"one twö, three"))
        {
            state = Step(naive, state, vocabulary, token);
            Assert.IsTrue(machine.Advance(token));
            TokenMask mask = machine.Mask;
            for (int id = 0; id < vocabulary.Size; id++)
            {
                Assert.AreEqual(Step(naive, state, vocabulary, id) != LazyAutomaton.Dead, mask.Contains(id), $"id {id}");
            }
        }
    }

    [TestMethod]
    public void ClassOf_EveryCodePoint_SaysInWhichSetsItIs()
    {
        PatternAutomaton pattern = Program("""{"type": "string", "pattern": "^(?:[a-f]\\s+[^\\p{L}c])*$"}""").Texts[0];
        CharacterClasses classes = CharacterClasses.Of(pattern)!;
        CodePointSet[] sets = [.. Enumerable.Range(0, pattern.Count).SelectMany(pattern.TransitionsOf).Select(next => next.Set)];
        Dictionary<int, string> known = [];
        for (int codePoint = 0; codePoint < 0x3000; codePoint++)
        {
            string signature = string.Concat(sets.Select(set => set.Contains(codePoint) ? '1' : '0'));
            int kind = classes.ClassOf(codePoint);
            Assert.IsTrue(known.TryAdd(kind, signature) || known[kind] == signature, $"U+{codePoint:X4}");
            Assert.AreEqual(!signature.Contains('1', StringComparison.Ordinal), kind == 0);
        }

        Assert.HasCount(classes.Count, known);
        Assert.HasCount(classes.Count, known.Values.Distinct());
    }

    [TestMethod]
    public void AddOtherThan_RandomTexts_AcceptsWhatTheAutomatonOfCodePointsDoes()
    {
        Random random = new(3);
        for (int round = 0; round < 200; round++)
        {
            string[] taken = [.. Enumerable.Range(0, random.Next(6)).Select(_ => RandomText(random, round % 4 == 0)).Distinct()
                .Order(StringComparer.Ordinal)];
            ProgramBuilder fast = new();
            LazyAutomaton automaton = new(fast.Build(new QuotedTextWriter(fast).AddOtherThan(taken, fast.Return)));
            ProgramBuilder slow = new();
            LazyAutomaton twin = new(slow.Build(
                new QuotedTextWriter(slow).Add(PatternAutomaton.Excluding(taken), 0, -1, anyEscape: false, slow.Return)));
            foreach (string text in taken.Concat(Enumerable.Range(0, 40).Select(_ => RandomText(random, true))))
            {
                foreach (string json in new[] { $"\"{text}\"", text, $"\"{text}", $"\"{text}\\n\"" })
                {
                    Assert.AreEqual(Accepts(twin, json), Accepts(automaton, json), $"{json} with {JsonSerializer.Serialize(taken)}");
                }
            }

            Assert.IsTrue(taken.All(text => !Accepts(automaton, $"\"{text}\"")));
        }
    }

    private static string RandomText(Random random, bool any) =>
        new([.. Enumerable.Range(0, random.Next(5)).Select(_ => (any ? "ab~ é日\u007f" : "ab~ ")[random.Next(any ? 7 : 4)])]);

    private static bool Accepts(LazyAutomaton automaton, string text)
    {
        int state = automaton.Start;
        foreach (byte value in System.Text.Encoding.UTF8.GetBytes(text))
        {
            state = automaton.Step(state, value);
        }

        return automaton.IsComplete(state);
    }

    private static ByteProgram Program(string schema) => TokenConstraint.FromJsonSchema(schema).Program;

    private static int Step(LazyAutomaton automaton, int state, int id) => Step(automaton, state, ByteVocabulary.Instance, id);

    private static int Step(LazyAutomaton automaton, int state, ConstraintVocabulary vocabulary, int id)
    {
        state = vocabulary.BytesOf(id).IsEmpty ? LazyAutomaton.Dead : state;
        foreach (byte value in vocabulary.BytesOf(id))
        {
            state = automaton.Step(state, value);
        }

        return state;
    }
}
