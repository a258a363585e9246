using ALoRA.Onnx.Sampling;
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
        Assert.AreEqual(1, new Sampler(SamplingSettings.Resolve(options, Defaults), 3).Sample([4, 3, -1], [0]));
        Assert.AreEqual(1, new Sampler(SamplingSettings.Resolve(options, Defaults), 3).Sample([-2, -1.5f, -1], [2, 0]));
    }

    [TestMethod]
    public void Sample_NaNLogits_SaysSo()
    {
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(() => Sample([1, float.NaN, 2], new GenerationOptions()));
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
            Gen.Int[0, 10_000], Gen.Int[1, 60], Gen.Float[0.3f, 2], Gen.Int[0, 70], Gen.OneOf(Gen.Const(1f), Gen.Float[0.2f, 0.99f]), Gen.OneOf(Gen.Const(0f), Gen.Float[0.01f, 0.5f]), Gen.OneOf(Gen.Const(1f), Gen.Float[0.8f, 1.5f]));
        cases.Sample(
            one =>
            {
                (int seed, int vocabulary, float temperature, int topK, float topP, float minP, float penalty) = one;
                Random random = new(seed);
                float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => (float)((random.NextDouble() * 12) - 6))];
                int[] tokens = [.. Enumerable.Range(0, vocabulary / 3).Select(_ => random.Next(vocabulary))];
                double[] expected = NaiveSampler.Distribution(logits, tokens, temperature, topK, topP, minP, penalty);
                Sampler sampler = new(
                    SamplingSettings.Resolve(new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, RepetitionPenalty = penalty, Seed = seed }, Defaults),
                    vocabulary);
                const int Draws = 2000;
                int[] counts = new int[vocabulary];
                for (int i = 0; i < Draws; i++)
                {
                    counts[sampler.Sample(logits, tokens)]++;
                }

                for (int id = 0; id < vocabulary; id++)
                {
                    double deviation = Math.Sqrt(Draws * expected[id] * (1 - expected[id]));
                    Assert.IsTrue(expected[id] > 0 || counts[id] == 0, $"id {id} has no probability but was drawn {counts[id]} times");
                    Assert.IsLessThanOrEqualTo((6 * deviation) + 3, Math.Abs(counts[id] - (Draws * expected[id])), $"id {id}: {counts[id]} of {Draws}, expected {expected[id]:F4}");
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
    public void Sample_ManyTimes_AllocatesNothing()
    {
        float[] logits = [.. Enumerable.Range(0, 4096).Select(id => MathF.Sin(id))];
        Sampler sampler = new(SamplingSettings.Resolve(new GenerationOptions { Temperature = 0.7f, TopK = 50, TopP = 0.9f, MinP = 0.05f, RepetitionPenalty = 1.1f, Seed = 1 }, Defaults), logits.Length);
        int[] tokens = [1, 2, 3];
        sampler.Sample(logits, tokens);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            sampler.Sample(logits, tokens);
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int Sample(float[] logits, GenerationOptions options) =>
        new Sampler(SamplingSettings.Resolve(options, Defaults), logits.Length).Sample(logits, []);

    private static int[] Draw(GenerationOptions options, float[] logits, int count)
    {
        Sampler sampler = new(SamplingSettings.Resolve(options, Defaults), logits.Length);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Sample(logits, []))];
    }
}
