using System.Numerics;
using System.Numerics.Tensors;

namespace ALoRA.Onnx.Sampling;

/// <summary>Draws an id by temperature, top-k, filters and a random number. Not thread-safe; allocates only when created.</summary>
/// <remarks>
/// Temperature and top-k work on the whole row, before there are candidates:
/// gathering what top-k leaves is far cheaper than gathering everything.
/// </remarks>
internal sealed class CandidateDraw
{
    // Beyond it, neighbouring floats are 104 apart: no other logit than the largest has a probability that float32 can hold.
    private const float LargestScore = 104f * (1 << 24);

    private readonly float _temperature;
    private readonly int _topK;
    private readonly ICandidateFilter[] _filters;
    private readonly RandomSource _random;
    private readonly int[] _ids;
    private readonly float[] _values;

    /// <summary>Prepares for rows of a vocabulary's size.</summary>
    public CandidateDraw(GenerationOptions options, GenerationContext context)
    {
        _temperature = options.Temperature!.Value;
        _topK = options.TopK!.Value;
        _filters = Filters.Of(options);
        _random = new RandomSource(context.Seed);
        _ids = new int[context.VocabularySize];
        _values = new float[context.VocabularySize];
    }

    /// <summary>Draws an id.</summary>
    /// <param name="logits">float32 <c>[vocab]</c>.</param>
    /// <param name="scores">Of the same size, is overwritten; may be the same memory.</param>
    /// <param name="largest">The largest of the logits.</param>
    /// <param name="position">Position in the sequence of the token that is drawn.</param>
    public int Draw(ReadOnlySpan<float> logits, Span<float> scores, float largest, int position)
    {
        // A temperature that is too small to divide by makes the largest certain, as all do that tend to 0.
        if (!(MathF.Abs(largest / _temperature) < LargestScore))
        {
            return TensorPrimitives.IndexOfMax(logits);
        }

        TensorPrimitives.Divide(logits, _temperature, scores);
        int count = Gather(scores, largest / _temperature);
        Span<float> probabilities = _values.AsSpan(0, count);
        TensorPrimitives.SoftMax(probabilities, probabilities);
        foreach (ICandidateFilter filter in _filters)
        {
            count = filter.Cut(_ids.AsSpan(0, count), _values.AsSpan(0, count));
        }

        double target = _random.At(position) * TensorPrimitives.Sum<float>(_values.AsSpan(0, count));
        int chosen = 0;
        for (double sum = _values[0]; chosen < count - 1 && sum <= target; sum += _values[chosen])
        {
            chosen++;
        }

        return _ids[chosen];
    }

    // Ids and scores of the best k, ties with the last of them included; all where top-k is off.
    private int Gather(ReadOnlySpan<float> scores, float largest)
    {
        bool all = _topK == 0 || _topK >= scores.Length;
        float threshold = all ? float.NegativeInfinity : Threshold(scores, _values.AsSpan(0, _topK));
        int count = 0;
        for (int id = 0; id < scores.Length; id++)
        {
            // Scores so far below the best that their probability is 0 in float32 can never be drawn.
            if (scores[id] >= threshold && scores[id] > largest - 104)
            {
                _ids[count] = id;
                _values[count++] = scores[id];
            }
        }

        return count;
    }

    // The k-th largest score: a heap of the k largest so far, entered only by what exceeds its smallest.
    // Whole vectors that don't are skipped.
    private static float Threshold(ReadOnlySpan<float> scores, Span<float> heap)
    {
        scores[..heap.Length].CopyTo(heap);
        for (int i = (heap.Length / 2) - 1; i >= 0; i--)
        {
            SiftDown(heap, i);
        }

        int id = heap.Length;
        for (; id <= scores.Length - Vector<float>.Count; id += Vector<float>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<float>(scores[id..]), new Vector<float>(heap[0])))
            {
                Enter(heap, scores.Slice(id, Vector<float>.Count));
            }
        }

        Enter(heap, scores[id..]);
        return heap[0];
    }

    private static void Enter(Span<float> heap, ReadOnlySpan<float> scores)
    {
        foreach (float score in scores)
        {
            if (score > heap[0])
            {
                heap[0] = score;
                SiftDown(heap, 0);
            }
        }
    }

    private static void SiftDown(Span<float> heap, int parent)
    {
        while (true)
        {
            int smallest = parent;
            int left = (2 * parent) + 1;
            if (left < heap.Length && heap[left] < heap[smallest])
            {
                smallest = left;
            }

            if (left + 1 < heap.Length && heap[left + 1] < heap[smallest])
            {
                smallest = left + 1;
            }

            if (smallest == parent)
            {
                return;
            }

            (heap[parent], heap[smallest]) = (heap[smallest], heap[parent]);
            parent = smallest;
        }
    }
}
