using System.Text;
using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Tests.Constraints;

/// <summary>Runs texts and random tokens through a constraint, without a model.</summary>
internal sealed class ConstrainedText(TokenConstraint constraint, ConstraintVocabulary? vocabulary = null)
{
    private readonly ConstraintVocabulary _vocabulary = vocabulary ?? ByteVocabulary.Instance;

    public ConstraintMachine Machine { get; } = new(constraint.Program, vocabulary ?? ByteVocabulary.Instance);

    public static ConstrainedText Of(string schema, JsonConstraintOptions? options = null) => new(TokenConstraint.FromJsonSchema(schema, options));

    /// <summary>Whether a text is complete under the constraint.</summary>
    public bool Accepts(string text)
    {
        Machine.Begin();
        return Encoding.UTF8.GetBytes(text).All(value => Machine.Advance(value)) && Machine.IsComplete;
    }

    /// <summary>Draws allowed tokens until the text ends; null if it does not within the limit.</summary>
    public string? Draw(Random random, int limit)
    {
        Machine.Begin();
        List<byte> text = [];
        for (int i = 0; i < limit; i++)
        {
            TokenMask mask = Machine.Mask;
            Assert.IsTrue(mask.Count > 0 || Machine.IsComplete, $"dead end behind {Encoding.UTF8.GetString([.. text])}");
            if (Machine.IsComplete && (mask.Count == 0 || random.Next(3) == 0))
            {
                return Encoding.UTF8.GetString([.. text]);
            }

            int id = Pick(random, mask);
            Assert.IsTrue(Machine.Advance(id), $"id {id} is in the mask but leads nowhere behind {Encoding.UTF8.GetString([.. text])}");
            text.AddRange(_vocabulary.BytesOf(id));
        }

        return null;
    }

    // Random logits: half of the time the tokens are equally likely, else such that end containers and strings.
    private int Pick(Random random, TokenMask mask)
    {
        if (random.Next(2) == 0)
        {
            int[] closing = [.. "\"}],"u8.ToArray().Select(value => (int)value).Where(mask.Contains)];
            if (closing.Length > 0)
            {
                return closing[random.Next(closing.Length)];
            }
        }

        int skip = random.Next(mask.Count);
        for (int id = 0; ; id++)
        {
            if (mask.Contains(id) && skip-- == 0)
            {
                return id;
            }
        }
    }
}
