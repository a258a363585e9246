namespace ALoRA.Onnx;

/// <summary>Logits of chosen positions, float32 <c>[count, vocab]</c>, in memory of their own.</summary>
public sealed class Logits
{
    private readonly float[] _values;

    internal Logits(float[] values, int count, int vocabularySize, TokenUsage usage)
    {
        _values = values;
        Count = count;
        VocabularySize = vocabularySize;
        Usage = usage;
    }

    /// <summary>Number of rows, one for each position asked for.</summary>
    public int Count { get; }

    /// <summary>Size of a row.</summary>
    public int VocabularySize { get; }

    /// <summary>What was reused and computed.</summary>
    public TokenUsage Usage { get; }

    /// <summary>A row, <c>[vocab]</c>, in the order in which the positions were asked for.</summary>
    /// <param name="row">Index of the row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(row));
            return _values.AsSpan(row * VocabularySize, VocabularySize);
        }
    }
}
