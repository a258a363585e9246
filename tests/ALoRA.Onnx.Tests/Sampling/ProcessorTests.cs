using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class ProcessorTests
{
    private const float Forbidden = float.NegativeInfinity;

    [TestMethod]
    public void RepetitionPenalty_TokensOfPromptAndAnswer_ArePenalizedOnce()
    {
        RepetitionPenalty processor = new(2, 4);
        AssertLogits([2, -4, 3, 0], processor, [0, 1, 0], [4, -2, 3, 0]);
        AssertLogits([2, -4, 1.5f, 0], processor, [0, 1, 0, 2], [4, -2, 3, 0]);
    }

    [TestMethod]
    public void OccurrencePenalty_GeneratedTokens_LoseByPresenceAndCount()
    {
        // Ids 0 and 1 are the prompt; behind it 2 comes twice and 1 once: 1 - 0.5 - 2 * 0.25 and 1 - 0.5 - 0.25.
        OccurrencePenalty processor = new(0.5f, 0.25f, new GenerationContext(4, 2, null, null));
        AssertLogits([1, 1, 1, 1], processor, [0, 1], [1, 1, 1, 1]);
        AssertLogits([1, 0.25f, 0, 1], processor, [0, 1, 2, 2, 1], [1, 1, 1, 1]);
        AssertLogits([1, 0, 0, 1], processor, [0, 1, 2, 2, 1, 1], [1, 1, 1, 1]);
    }

    [TestMethod]
    public void OccurrencePenalty_Negative_MakesTokensLikelier()
    {
        AssertLogits([3, 0], new OccurrencePenalty(-1, -2, new GenerationContext(2, 0, null, null)), [0], [0, 0]);
    }

    [TestMethod]
    public void LogitBias_AnyIds_IsAdded()
    {
        LogitBias processor = new(new Dictionary<int, float> { [0] = 2.5f, [3] = Forbidden, [1] = -1 }, 4);
        AssertLogits([3.5f, 1, 3, Forbidden], processor, [], [1, 2, 3, 4]);
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(4)]
    public void LogitBias_IdOutsideOfTheVocabulary_IsRefusedWithIt(int id)
    {
        Dictionary<int, float> biases = new() { [id] = 1 };
        ArgumentException exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LogitBias(biases, 4));
        Assert.Contains($"LogitBias has the id {id}; this model's ids are 0 to 3", exception.Message);
    }

    [TestMethod]
    [DataRow(1, new[] { 1, 2, 3, 1, 2 }, new[] { 1, 2, 3 })]
    [DataRow(2, new[] { 1, 2, 3, 1, 2 }, new[] { 3 })]
    [DataRow(3, new[] { 1, 2, 3, 1, 2 }, new[] { 3 })]
    [DataRow(3, new[] { 1, 2, 3, 1, 2, 0, 1, 2 }, new[] { 0, 3 })]
    [DataRow(2, new[] { 4, 4, 4 }, new[] { 4 })]
    [DataRow(4, new[] { 1, 2, 3, 1, 2 }, new int[0])]
    [DataRow(6, new[] { 1, 1, 1, 1, 1 }, new int[0])]
    [DataRow(9, new[] { 1 }, new int[0])]
    [DataRow(2, new int[0], new int[0])]
    public void NoRepeatNgram_Tokens_ForbidsWhatWouldRepeat(int size, int[] tokens, int[] forbidden)
    {
        float[] expected = [.. Enumerable.Range(0, 5).Select(id => forbidden.Contains(id) ? Forbidden : 1)];
        AssertLogits(expected, new NoRepeatNgram(size), tokens, [1, 1, 1, 1, 1]);
    }

    [TestMethod]
    public void Process_RandomTokens_EqualsTheNaiveFormulas()
    {
        Random random = new(3);
        for (int round = 0; round < 500; round++)
        {
            int vocabulary = random.Next(1, 9);
            int prompt = random.Next(0, 5);
            float presence = random.NextSingle();
            float frequency = random.NextSingle() - 0.5f;
            int size = random.Next(1, 5);
            OccurrencePenalty occurrences = new(presence, frequency, new GenerationContext(vocabulary, prompt, null, null));
            NoRepeatNgram ngrams = new(size);
            List<int> tokens = [.. Enumerable.Range(0, prompt).Select(_ => random.Next(vocabulary))];
            for (int step = 0; step < 8; step++)
            {
                float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => random.NextSingle())];
                AssertLogits(NaiveSampler.Occurrences(logits, tokens[prompt..], presence, frequency), occurrences, [.. tokens], logits);
                AssertLogits(NaiveSampler.WithoutNgrams(logits, tokens, size), ngrams, [.. tokens], logits);
                tokens.AddRange(Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(vocabulary)));
            }
        }
    }

    [TestMethod]
    public void Of_NothingAsked_IsEmpty()
    {
        GenerationOptions options = GenerationParameters.WithDefaults(new GenerationOptions());
        Assert.IsEmpty(Processors.Of(options, new GenerationContext(4, 0, null, null), null));
    }

    [TestMethod]
    public void Of_Everything_IsInTheDocumentedOrder()
    {
        GenerationOptions options = new()
        {
            RepetitionPenalty = 1.1f,
            PresencePenalty = 0,
            FrequencyPenalty = 0.1f,
            LogitBias = new Dictionary<int, float> { [1] = 1 },
            NoRepeatNgramSize = 2,
            LogitsProcessors = [_ => new NoRepeatNgram(7), _ => new NoRepeatNgram(8)],
        };
        ILogitsProcessor[] processors = Processors.Of(options, new GenerationContext(4, 0, null, null), null);
        string names = string.Join(' ', processors.Select(processor => processor.GetType().Name));
        Assert.AreEqual("RepetitionPenalty OccurrencePenalty LogitBias NoRepeatNgram NoRepeatNgram NoRepeatNgram", names);
    }

    private static void AssertLogits(float[] expected, ILogitsProcessor processor, int[] tokens, float[] logits)
    {
        float[] changed = [.. logits];
        processor.Process(tokens, changed);
        CollectionAssert.AreEqual(expected, changed, $"got [{string.Join(", ", changed)}] behind [{string.Join(", ", tokens)}]");
    }
}
