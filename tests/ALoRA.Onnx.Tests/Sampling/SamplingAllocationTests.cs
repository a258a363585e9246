using System.Numerics.Tensors;
using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Text.Tests.Constraints;

namespace ALoRA.Onnx.Tests.Sampling;

/// <summary>
/// A step of the decode loop allocates nothing, whatever works in it. Not in parallel: a collection that other threads cause may count.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class SamplingAllocationTests
{
    private const int Steps = 1000;
    private const int WarmUp = 20;

    // Strings of a JSON list go on for ever, in states that come again; nothing that ends the list is ever drawn.
    private static readonly CompiledConstraint Constraint = new(
        TokenConstraint.FromJsonSchema("""{"type": "array", "items": {"type": "string"}}""").Program, ByteVocabulary.Instance);

    private static readonly float[][] Rows = CreateRows();

    [TestMethod]
    public void Next_EachCombination_AllocatesNothing()
    {
        string[] choices = ["greedy", "draw", "own sampler"];
        for (int combination = 0; combination < 64; combination++)
        {
            foreach (string how in choices)
            {
                GenerationOptions options = Options(combination, how);
                CompiledConstraint? constraint = (combination & 32) == 0 ? null : Constraint;
                if (constraint is not null)
                {
                    // The same ids once before, so that the constraint has seen all states.
                    Allocated(options, constraint);
                }

                Assert.AreEqual(0, Allocated(options, constraint), $"{how}, combination {combination:b6}: {options}");
            }
        }
    }

    private static long Allocated(GenerationOptions options, CompiledConstraint? constraint)
    {
        SamplingSettings settings = SamplingSettings.Resolve(options, new GenerationDefaults { StopTokens = [] });
        using TokenGenerator generator = new(new FakeSequence(Rows, 1, 2, 3), settings, ByteVocabulary.Size, 0, 0, constraint);
        for (int i = 0; i < WarmUp; i++)
        {
            generator.Next(CancellationToken.None);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Steps; i++)
        {
            generator.Next(CancellationToken.None);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static GenerationOptions Options(int combination, string how) => new()
    {
        MaxNewTokens = Steps + WarmUp + 1,
        Seed = combination,
        RepetitionPenalty = (combination & 1) == 0 ? null : 1.1f,
        PresencePenalty = (combination & 2) == 0 ? null : 0.3f,
        FrequencyPenalty = (combination & 2) == 0 ? null : 0.1f,
        LogitBias = (combination & 4) == 0 ? [] : new Dictionary<int, float> { ['q'] = 3, ['r'] = float.NegativeInfinity },
        NoRepeatNgramSize = (combination & 8) == 0 ? null : 3,
        LogitsProcessors = (combination & 16) == 0 ? [] : [_ => new Lowered()],
        Temperature = how == "draw" ? 0.8f : null,
        TopK = how == "draw" ? 40 : null,
        TopP = how == "draw" ? 0.95f : null,
        MinP = how == "draw" ? 0.02f : null,
        Sampler = how == "own sampler" ? _ => new Largest() : null,
    };

    private static float[][] CreateRows()
    {
        Random random = new(5);
        float[][] rows = new float[64][];
        foreach (ref float[] row in rows.AsSpan())
        {
            row =
            [
                .. Enumerable.Range(0, ByteVocabulary.Size)
                    .Select(id => (random.NextSingle() * 8) + (char.IsAsciiLetterLower((char)id) ? 20 : EndsList(id) ? -1000 : 0)),
            ];
        }

        return rows;
    }

    private static bool EndsList(int id) => id <= ByteVocabulary.Stop && ByteVocabulary.Tokenizer.Decode([id]).Contains(']');

    private sealed class Lowered : ILogitsProcessor
    {
        public void Process(ReadOnlySpan<int> tokens, Span<float> logits) => logits[tokens[^1]] -= 1;
    }

    private sealed class Largest : ITokenSampler
    {
        public int Sample(ReadOnlySpan<int> tokens, ReadOnlySpan<float> logits) => TensorPrimitives.IndexOfMax(logits);
    }
}
