namespace ALoRA.Onnx;

/// <summary>Logits of the requested positions, float32 <c>[count, vocab]</c>: a copy that stays valid.</summary>
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

    /// <summary>Number of rows, one for each requested position.</summary>
    public int Count { get; }

    /// <summary>Number of logits in a row.</summary>
    public int VocabularySize { get; }

    /// <summary>What was reused and computed.</summary>
    public TokenUsage Usage { get; }

    /// <summary>A row, <c>[vocab]</c>; rows are in the order of the requested positions.</summary>
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
