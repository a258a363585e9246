namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Collects the largest absolute difference between computed and expected logits.</summary>
internal sealed class LogitsComparison(ReferenceMatrix expected)
{
    /// <summary>The largest difference so far; NaN once a value was NaN, which no tolerance admits.</summary>
    public float LargestDifference { get; private set; }

    /// <summary>Compares one row.</summary>
    /// <exception cref="FormatException">The model has another vocabulary than the reference.</exception>
    public void Add(ReadOnlySpan<float> actual, int row)
    {
        if (actual.Length != expected.VocabularySize)
        {
            throw new FormatException($"The model gives {actual.Length} logits, the reference has {expected.VocabularySize}. They do not belong together.");
        }

        ReadOnlySpan<float> wanted = expected[row];
        for (int i = 0; i < actual.Length; i++)
        {
            // Equal infinities differ by nothing; their difference would be NaN.
            float difference = actual[i] == wanted[i] ? 0 : Math.Abs(actual[i] - wanted[i]);
            LargestDifference = MathF.Max(LargestDifference, difference);
        }
    }
}
