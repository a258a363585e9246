using System.Text;
using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Text.Tests.Constraints;

/// <summary>Runs texts and random logits through a constraint, without a model.</summary>
internal sealed class ConstrainedText(TokenConstraint constraint)
{
    private static readonly GenerationDefaults Defaults = new() { StopTokens = [] };
    private readonly CompiledConstraint _compiled = new(constraint.Program, ByteVocabulary.Instance);

    public ConstraintMachine Machine { get; } = new(constraint.Program, ByteVocabulary.Instance);

    public static ConstrainedText Of(string schema, JsonConstraintOptions? options = null) =>
        new(TokenConstraint.FromJsonSchema(schema, options ?? new JsonConstraintOptions()));

    /// <summary>Whether a text is complete under the constraint.</summary>
    public bool Accepts(string text)
    {
        Machine.Begin();
        return Encoding.UTF8.GetBytes(text).All(value => Machine.Advance(value)) && Machine.IsComplete;
    }

    /// <summary>Samples from random logits until the text ends; null if it does not within the limit.</summary>
    public string? Draw(Random random, int limit)
    {
        using ConstrainedChoice choice = new(_compiled, [ByteVocabulary.Stop]);
        GenerationOptions options = new() { Temperature = 1, TopK = random.Next(3) * 20, TopP = 0.9f, Seed = random.Next() };
        GenerationContext context = new(ByteVocabulary.Size, 0, options.Seed, ByteVocabulary.Tokenizer);
        Sampler sampler = new(SamplingSettings.Resolve(options, Defaults), context);
        List<byte> text = [];
        float[] logits = new float[ByteVocabulary.Size];
        for (int i = 0; i < limit; i++)
        {
            RandomLogits(random, logits);
            ReadOnlySpan<float> masked = choice.Mask(logits, out int only);
            int id = only >= 0 ? only : sampler.Sample([], masked, masked);
            choice.Accept(id);
            if (id == ByteVocabulary.Stop)
            {
                return Encoding.UTF8.GetString([.. text]);
            }

            text.AddRange(ByteVocabulary.Instance.BytesOf(id));
        }

        return null;
    }

    // What closes strings and containers is likelier every other time, so that most texts end.
    private static void RandomLogits(Random random, float[] logits)
    {
        foreach (ref float logit in logits.AsSpan())
        {
            logit = random.NextSingle() * 8;
        }

        if (random.Next(2) == 0)
        {
            foreach (byte closing in "\"}],"u8)
            {
                logits[closing] += 8;
            }

            logits[ByteVocabulary.Stop] += 9;
        }
    }
}
