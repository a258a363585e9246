using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Text.Tests.Constraints;
using CsCheck;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class SamplerTests
{
    private static readonly GenerationDefaults Defaults = new() { StopTokens = [] };

    [TestMethod]
    public void Sample_Greedy_TakesTheFirstOfTheLargest()
    {
        Assert.AreEqual(2, Sample([1, 3, 7, 7, -2], new GenerationOptions()));
    }

    [TestMethod]
    public void Sample_GreedyWithRepetitionPenalty_PenalizesPromptTokens()
    {
        GenerationOptions options = new() { RepetitionPenalty = 2 };
        Assert.AreEqual(1, Choose(Create(options, 3), [4, 3, -1], [0]));
        Assert.AreEqual(1, Choose(Create(options, 3), [-2, -1.5f, -1], [2, 0]));
    }

    [TestMethod]
    [DataRow(float.Epsilon)]
    [DataRow(1e-38f)]
    [DataRow(1e-30f)]
    [DataRow(1e-12f)]
    public void Sample_TemperatureTooSmallToDivideBy_IsGreedy(float temperature)
    {
        foreach (float largest in (float[])[7, 0, -3, 1e-20f, -1e30f, 1e30f])
        {
            // The nearest number where the difference counts at all.
            float next = MathF.Abs(largest) < 1 ? -1 : MathF.BitDecrement(largest);
            float[] logits = [next, float.MinValue, largest, next, float.NegativeInfinity];
            GenerationOptions options = new() { Temperature = temperature, Seed = 1, TopK = 3, TopP = 0.9f, MinP = 0.1f };
            CollectionAssert.AreEqual(new[] { 2, 2, 2 }, Draw(options, logits, 3), $"{largest}");
            CollectionAssert.AreEqual(new[] { 2, 2, 2 }, Draw(options with { TopK = 0 }, logits, 3), $"{largest}");
        }
    }

    [TestMethod]
    public void Sample_LargestTemperature_DrawsFromAll() =>
        CollectionAssert.AreEquivalent(
            new[] { 0, 1, 2 },
            Draw(new GenerationOptions { Temperature = float.MaxValue, Seed = 1 }, [30, -20, 1], 60).Distinct().ToArray());

    [TestMethod]
    public void Sample_NaNLogits_SaysSo()
    {
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => Sample([1, float.NaN, 2], new GenerationOptions()));
        Assert.Contains("id 1", exception.Message);
    }

    [TestMethod]
    public void Sample_SameSeed_GivesTheSameIds()
    {
        GenerationOptions options = new() { Temperature = 1, Seed = 42 };
        int[] first = Draw(options, [0.1f, 0.5f, 0.2f, 0.4f], 50);
        CollectionAssert.AreEqual(first, Draw(options, [0.1f, 0.5f, 0.2f, 0.4f], 50));
        CollectionAssert.AreNotEqual(first, Draw(options with { Seed = 43 }, [0.1f, 0.5f, 0.2f, 0.4f], 50));
    }

    [TestMethod]
    public void Sample_AnyOptions_DrawsFromTheNaiveDistribution()
    {
        Gen<(int, int, float, int, float, float, float)> cases = Gen.Select(
            Gen.Int[0, 10_000], Gen.Int[1, 60], Gen.Float[0.3f, 2], Gen.Int[0, 70], Gen.OneOf(Gen.Const(1f), Gen.Float[0.2f, 0.99f]),
            Gen.OneOf(Gen.Const(0f), Gen.Float[0.01f, 0.5f]), Gen.OneOf(Gen.Const(1f), Gen.Float[0.8f, 1.5f]));
        cases.Sample(
            one =>
            {
                (int seed, int vocabulary, float temperature, int topK, float topP, float minP, float penalty) = one;
                Random random = new(seed);
                float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => (float)((random.NextDouble() * 12) - 6))];
                int[] tokens = [.. Enumerable.Range(0, vocabulary / 3).Select(_ => random.Next(vocabulary))];
                double[] expected = NaiveSampler.Distribution(logits, tokens, temperature, topK, topP, minP, penalty);
                GenerationOptions options = new()
                {
                    Temperature = temperature,
                    TopK = topK,
                    TopP = topP,
                    MinP = minP,
                    RepetitionPenalty = penalty,
                };
                const int Draws = 2000;
                int[] counts = new int[vocabulary];
                for (int i = 0; i < Draws; i++)
                {
                    // All at one position, so each with a seed of its own.
                    counts[Choose(Create(options with { Seed = (seed * (long)Draws) + i }, vocabulary), logits, tokens)]++;
                }

                for (int id = 0; id < vocabulary; id++)
                {
                    double deviation = Math.Sqrt(Draws * expected[id] * (1 - expected[id]));
                    Assert.IsTrue(expected[id] > 0 || counts[id] == 0, $"id {id} has no probability but was drawn {counts[id]} times");
                    Assert.IsLessThanOrEqualTo(
                        (6 * deviation) + 3, Math.Abs(counts[id] - (Draws * expected[id])),
                        $"id {id}: {counts[id]} of {Draws}, expected {expected[id]:F4}");
                }
            },
            iter: 200);
    }

    [TestMethod]
    public void Sample_TopKOfLargeVocabulary_KeepsExactlyTheBest()
    {
        Random random = new(7);
        float[] logits = [.. Enumerable.Range(0, 5003).Select(_ => (float)random.NextDouble())];
        HashSet<int> best = [.. Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).Take(40)];
        int[] drawn = Draw(new GenerationOptions { Temperature = 1, TopK = 40, Seed = 1 }, logits, 2000);
        Assert.IsTrue(drawn.All(best.Contains));
        Assert.HasCount(40, drawn.Distinct());
    }

    [TestMethod]
    public void Sample_TenThousandSeededRows_GivesTheIdsOfTheFormerSampler()
    {
        Random random = new(11);
        CompiledConstraint constraint = new(TokenConstraint.FromJsonSchema("""{"type": "array"}""").Program, ByteVocabulary.Instance);
        for (int generation = 0; generation < 1000; generation++)
        {
            GenerationOptions options = new()
            {
                Temperature = Pick(random, 0, 0.5f, 1, 1.7f),
                TopK = (int)Pick(random, 0, 1, 40, 100_000),
                TopP = Pick(random, 1, 0.95f, 0.5f),
                MinP = Pick(random, 0, 0.02f, 0.3f),
                RepetitionPenalty = Pick(random, 1, 1.2f, 0.8f),
                Seed = generation,
            };
            SamplingSettings settings = SamplingSettings.Resolve(options, Defaults);
            using ConstrainedChoice? choice = generation % 2 == 0 ? null : new ConstrainedChoice(constraint, [ByteVocabulary.Stop]);
            Sampler sampler = new(settings, new GenerationContext(ByteVocabulary.Size, 3, options.Seed, null), choice);
            FormerSampler former = new(settings, ByteVocabulary.Size);
            List<int> tokens = [1, 2, 3];
            for (int step = 0; step < 10; step++)
            {
                // Rounded, so that equal logits come as well.
                float[] logits = new float[ByteVocabulary.Size];
                foreach (ref float logit in logits.AsSpan())
                {
                    logit = (float)Math.Round((random.NextDouble() * 24) - 12, random.Next(1, 6));
                }

                float[] allowed = choice is null ? logits : choice.Mask(logits, out _).ToArray();
                int expected = former.Sample(allowed, tokens.ToArray());
                int id = sampler.Sample(tokens.ToArray(), logits, allowed);
                Assert.AreEqual(expected, id, $"generation {generation}, step {step}, {options}");
                tokens.Add(expected);
            }
        }
    }

    [TestMethod]
    public void Sample_NothingLeftByProcessors_NamesThem()
    {
        Dictionary<int, float> bias = new() { [2] = float.NegativeInfinity };
        Sampler sampler = Create(new GenerationOptions { NoRepeatNgramSize = 1, LogitBias = bias }, 3);
        Exception exception = Assert.ThrowsExactly<InvalidOperationException>(() => Choose(sampler, [1, 2, 3], [0, 1]));
        Assert.Contains("LogitBias, NoRepeatNgram", exception.Message);
    }

    private static int Sample(float[] logits, GenerationOptions options) =>
        Choose(Create(options, logits.Length), logits, []);

    private static int[] Draw(GenerationOptions options, float[] logits, int count)
    {
        // Each at a position of its own, for two draws at one position are the same.
        Sampler sampler = Create(options, logits.Length);
        int[] tokens = new int[count];
        return [.. Enumerable.Range(0, count).Select(i => sampler.Sample(tokens.AsSpan(0, i), logits, logits))];
    }

    private static Sampler Create(GenerationOptions options, int vocabulary) =>
        new(SamplingSettings.Resolve(options, Defaults), new GenerationContext(vocabulary, 0, options.Seed, null));

    private static int Choose(Sampler sampler, float[] logits, int[] tokens) => sampler.Sample(tokens, logits, logits);

    private static float Pick(Random random, params float[] values) => values[random.Next(values.Length)];
}
