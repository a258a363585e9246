
namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Numbers and greedy continuations of Transformers and PEFT, for the base and every adapter.</summary>
[TestClass]
public sealed class ReferenceTests
{
    private const float Tolerance = 1e-4f;

    [TestMethod]
    public async Task Forward_EveryCaseOfTheDemo_GivesTheReferenceLogits()
    {
        using ReferenceCases cases = new(GoldenData.Path("models", "demo"));
        AloraModel model = await DemoModel.OpenAsync();
        int compared = 0;
        foreach (ReferenceCase one in cases.All)
        {
            foreach (string? adapter in one.Adapters.Prepend(null))
            {
                if (one.Logits(adapter) is not float[] expected)
                {
                    continue;
                }

                using Conversation conversation = model.CreateConversation();
                Logits logits = await conversation.ForwardAsync(
                    one.InputIds, new ForwardOptions { Adapter = adapter, LogitsPositions = one.Positions });
                AssertClose(expected, logits, 0, $"{one.Name}, {adapter ?? "base"}, one run");
                if (adapter is not null && one.ActivationStart(adapter) is int start)
                {
                    AssertClose(expected, await SplitAsync(model, one, adapter, start), 0, $"{one.Name}, {adapter}, split at {start}");
                }

                compared++;
            }
        }

        Assert.IsGreaterThan(15, compared);
    }

    [TestMethod]
    public async Task Generate_EveryCaseOfTheDemo_GivesTheReferenceTokens()
    {
        using ReferenceCases cases = new(GoldenData.Path("models", "demo"));
        AloraModel model = await DemoModel.OpenAsync();
        Assert.IsGreaterThan(5, cases.All.Count());
        foreach (ReferenceCase one in cases.All)
        {
            foreach (string? adapter in one.Adapters.Prepend(null))
            {
                int[] expected = one.Greedy(adapter);
                using Conversation conversation = model.CreateConversation();
                await conversation.PromptAsync(one.InputIds, new PromptOptions { Adapter = adapter });
                GenerationResult result = await conversation.GenerateToEndAsync(new GenerationOptions { MaxNewTokens = expected.Length });
                CollectionAssert.AreEqual(expected, result.Tokens.ToArray(), $"{one.Name}, {adapter ?? "base"}");
            }
        }
    }

    private static async Task<Logits> SplitAsync(AloraModel model, ReferenceCase one, string adapter, int start)
    {
        // The cases ask for rows on both sides of the boundary; those of the base come from a first forward.
        using Conversation conversation = model.CreateConversation();
        int[] before = [.. one.Positions.Where(position => position < start)];
        int[] after = [.. one.Positions.Where(position => position >= start).Select(position => position - start)];
        List<float> values = [];
        if (start > 0)
        {
            Logits logits = await conversation.ForwardAsync(
                one.InputIds.AsMemory(0, start), new ForwardOptions { LogitsPositions = before });
            Append(values, logits);
        }

        Append(
            values,
            await conversation.ForwardAsync(
                one.InputIds.AsMemory(start), new ForwardOptions { Adapter = adapter, ActivationStart = 0, LogitsPositions = after }));
        return new Logits([.. values], one.Positions.Length, model.Manifest.VocabularySize, new TokenUsage());
    }

    private static void Append(List<float> values, Logits logits)
    {
        for (int row = 0; row < logits.Count; row++)
        {
            values.AddRange(logits[row]);
        }
    }

    private static void AssertClose(float[] expected, Logits got, int firstRow, string what)
    {
        Assert.AreEqual(expected.Length, got.Count * got.VocabularySize, what);
        for (int row = firstRow; row < got.Count; row++)
        {
            float distance = Deviation.Largest(expected.AsSpan(row * got.VocabularySize, got.VocabularySize), got[row]);
            Assert.IsLessThanOrEqualTo(Tolerance, distance, $"{what}, row {row}");
        }
    }
}
