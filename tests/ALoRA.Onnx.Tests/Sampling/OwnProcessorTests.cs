using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Text.Tests.Constraints;

namespace ALoRA.Onnx.Tests.Sampling;

/// <summary>Processors and samplers that a caller brings.</summary>
[TestClass]
public sealed class OwnProcessorTests
{
    private static readonly GenerationDefaults Defaults = new() { StopTokens = [] };
    private static readonly float[][] Rows = [[0, 1, 2, 3], [3, 2, 1, 0]];

    [TestMethod]
    public void Next_OwnProcessors_AreCalledInOrderWithAllTokens()
    {
        List<string> calls = [];
        List<GenerationContext> contexts = [];
        GenerationOptions options = new()
        {
            Seed = 9,
            LogitsProcessors = [Make("first", (_, logits) => logits[3] = -5), Make("second", (_, logits) => logits[2] -= logits[3])],
        };
        FakeSequence sequence = new(Rows, 1, 1);
        using TokenGenerator generator = Generate(sequence, options);

        Assert.AreEqual(2, generator.Next(CancellationToken.None));
        Assert.AreEqual(2, generator.Next(CancellationToken.None));

        CollectionAssert.AreEqual(new[] { "first 1,1: 3", "second 1,1: -5", "first 1,1,2: 0", "second 1,1,2: -5" }, calls);
        Assert.AreEqual(2, contexts.Count);
        Assert.IsTrue(contexts.TrueForAll(context => context == new GenerationContext(4, 2, 9, null)));
        CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3 }, Rows[0], "the model's row was written to");

        Func<GenerationContext, ILogitsProcessor> Make(string name, Change change) => context =>
        {
            contexts.Add(context);
            return new OwnProcessor((tokens, logits) =>
            {
                calls.Add($"{name} {string.Join(',', tokens.ToArray())}: {logits[3]}");
                change(tokens, logits);
            });
        };
    }

    [TestMethod]
    public void Next_ProcessorThatForbids_IsObeyed()
    {
        foreach (float temperature in new[] { 0f, 5 })
        {
            GenerationOptions options = new()
            {
                Temperature = temperature,
                Seed = 1,
                LogitsProcessors = [_ => new OwnProcessor((_, logits) => logits[..2].Fill(float.NegativeInfinity))],
            };
            using TokenGenerator generator = Generate(new FakeSequence(Rows, 0), options);
            Assert.IsTrue(Enumerable.Range(0, 200).All(_ => generator.Next(CancellationToken.None) >= 2));
        }
    }

    [TestMethod]
    public void Next_ProcessorBehindBuiltInOnes_SeesTheirLogits()
    {
        float seen = 0;
        GenerationOptions options = new()
        {
            RepetitionPenalty = 2,
            PresencePenalty = 1,
            LogitBias = new Dictionary<int, float> { [3] = 10 },
            LogitsProcessors = [_ => new OwnProcessor((_, logits) => seen = logits[3])],
        };
        using TokenGenerator generator = Generate(new FakeSequence(Rows, 3), options);
        Assert.AreEqual(3, generator.Next(CancellationToken.None));
        Assert.AreEqual(11.5f, seen);
        generator.Next(CancellationToken.None);
        Assert.AreEqual(9, seen);
    }

    [TestMethod]
    public void Next_ProcessorThrows_PassesThroughAndKeepsTheTokensBefore()
    {
        FormatException thrown = new("no");
        GenerationOptions options = new()
        {
            LogitsProcessors = [_ => new OwnProcessor((tokens, logits) => logits[1] = tokens.Length == 3 ? throw thrown : 0)],
        };
        FakeSequence sequence = new(Rows, 1);
        using TokenGenerator generator = Generate(sequence, options);
        generator.Next(CancellationToken.None);
        generator.Next(CancellationToken.None);
        Assert.AreSame(thrown, Assert.ThrowsExactly<FormatException>(() => generator.Next(CancellationToken.None)));
        CollectionAssert.AreEqual(new[] { 1, 3, 0 }, sequence.TokenSpan.ToArray());
    }

    [TestMethod]
    public void Next_Constraint_IsBehindProcessorsAndBeforeTheSampler()
    {
        float[][] row = [[.. Enumerable.Range(0, ByteVocabulary.Size).Select(id => (float)(id % 7))]];
        List<int> asked = [];
        GenerationOptions options = new()
        {
            Constraint = TokenConstraint.FromChoices(["forced: a", "forced: b"]),
            TopLogprobs = 3,
            StopTokens = [ByteVocabulary.Stop],
            LogitsProcessors = [_ => new OwnProcessor((tokens, logits) =>
            {
                asked.Add(tokens.Length);
                logits['z'] = 100;
                logits['a'] = 50;
                logits['b'] = 60;
            })],
        };
        FakeSequence sequence = new(row, 1);
        using (TokenGenerator generator = Generate(sequence, options))
        {
            List<TokenLogprobs> logprobs = [];
            while (generator.FinishReason is null)
            {
                generator.Next(CancellationToken.None);
                logprobs.Add(generator.Logprobs!);
            }

            Assert.EndsWith("b", Text(sequence));
            Assert.AreEqual(FinishReason.StopToken, generator.FinishReason);
            CollectionAssert.AreEqual(new[] { sequence.Length - 2 }, asked, "There is one choice.");
            double difference = logprobs[^2].Top[0].Logprob - logprobs[^2].Top[1].Logprob;
            Assert.AreEqual(Math.Abs(row[0]['a'] - row[0]['b']), difference, 1e-6, "Log-probabilities are those before processors.");
        }

        FakeSequence chosen = new(row, 1);
        options = options with { Sampler = _ => new OwnSampler((_, logits) => logits.IndexOfAnyExcept(float.NegativeInfinity)) };
        using TokenGenerator own = Generate(chosen, options);
        while (own.FinishReason is null)
        {
            own.Next(CancellationToken.None);
        }

        Assert.EndsWith("a", Text(chosen));
    }

    [TestMethod]
    public void Next_OwnSampler_GetsWhatProcessorsLeave()
    {
        List<string> calls = [];
        GenerationOptions options = new()
        {
            LogitBias = new Dictionary<int, float> { [0] = 7 },
            Sampler = _ => new OwnSampler((tokens, logits) =>
            {
                calls.Add($"{string.Join(',', tokens.ToArray())}: {string.Join(',', logits.ToArray())}");
                return 1;
            }),
        };
        using TokenGenerator generator = Generate(new FakeSequence(Rows, 2), options);
        Assert.AreEqual(1, generator.Next(CancellationToken.None));
        Assert.AreEqual(1, generator.Next(CancellationToken.None));
        CollectionAssert.AreEqual(new[] { "2: 7,1,2,3", "2,1: 10,2,1,0" }, calls);
    }

    [TestMethod]
    [DataRow(-1, "ids are 0 to 3")]
    [DataRow(4, "ids are 0 to 3")]
    [DataRow(2, "forbidden")]
    public void Next_SamplersImpossibleId_NamesItsType(int id, string says)
    {
        GenerationOptions options = new()
        {
            LogitBias = new Dictionary<int, float> { [2] = float.NegativeInfinity },
            Sampler = _ => new OwnSampler((_, _) => id),
        };
        FakeSequence sequence = new(Rows, 0);
        using TokenGenerator generator = Generate(sequence, options);
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(() => generator.Next(CancellationToken.None));
        Assert.Contains(nameof(OwnSampler), exception.Message);
        Assert.Contains(says, exception.Message);
        Assert.AreEqual(1, sequence.Length);
    }

    [TestMethod]
    public void Create_FactoryThatMakesNull_IsRefusedWithItsPlace()
    {
        GenerationOptions[] wrong = [new() { LogitsProcessors = [_ => new NoRepeatNgram(2), _ => null!] }, new() { Sampler = _ => null! }];
        string[] places = ["LogitsProcessors[1]", "Sampler"];
        for (int i = 0; i < wrong.Length; i++)
        {
            GenerationOptions options = wrong[i];
            Exception exception = Assert.ThrowsExactly<InvalidOperationException>(() => Generate(new FakeSequence(Rows, 0), options));
            Assert.Contains(places[i], exception.Message);
        }
    }

    private static string Text(FakeSequence sequence) => ByteVocabulary.Tokenizer.Decode(sequence.TokenSpan[1..^1].ToArray());

    private static TokenGenerator Generate(FakeSequence sequence, GenerationOptions options)
    {
        SamplingSettings settings = SamplingSettings.Resolve(options, Defaults);
        CompiledConstraint? constraint = options.Constraint is { Program: var program } ? new(program, ByteVocabulary.Instance) : null;
        LogprobReader? logprobs = options.TopLogprobs == 0 ? null : new LogprobReader(options.TopLogprobs, null);
        return new TokenGenerator(sequence, settings, sequence.LastLogits(CancellationToken.None).Length, 0, 0, constraint, logprobs);
    }

    private delegate void Change(ReadOnlySpan<int> tokens, Span<float> logits);

    private delegate int Choice(ReadOnlySpan<int> tokens, ReadOnlySpan<float> logits);

    private sealed class OwnProcessor(Change change) : ILogitsProcessor
    {
        public void Process(ReadOnlySpan<int> tokens, Span<float> logits) => change(tokens, logits);
    }

    private sealed class OwnSampler(Choice choice) : ITokenSampler
    {
        public int Sample(ReadOnlySpan<int> tokens, ReadOnlySpan<float> logits) => choice(tokens, logits);
    }
}
