using System.Numerics;
using System.Numerics.Tensors;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Tests.Sampling;

/// <summary>The sampler as it was in one piece, before processors and filters: what it chose for a seed must not change.</summary>
internal sealed class FormerSampler
{
    private readonly float _temperature;
    private readonly int _topK;
    private readonly float _topP;
    private readonly float _minP;
    private readonly float _penalty;
    private readonly RandomSource _random;
    private readonly float[] _scores;
    private readonly bool[] _seen;
    private readonly int[] _ids;
    private readonly float[] _values;
    private int _seenTokens;

    public FormerSampler(SamplingSettings settings, int vocabulary)
    {
        GenerationOptions options = settings.Options;
        (_temperature, _topK, _topP, _minP) = (options.Temperature!.Value, options.TopK!.Value, options.TopP!.Value, options.MinP!.Value);
        _penalty = options.RepetitionPenalty!.Value;
        _random = new RandomSource(options.Seed);
        _scores = new float[vocabulary];
        _seen = new bool[vocabulary];
        _ids = new int[vocabulary];
        _values = new float[vocabulary];
    }

    public int Sample(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        ReadOnlySpan<float> scores = _penalty == 1 ? logits : Penalize(logits, tokens);
        int best = TensorPrimitives.IndexOfMax(scores);
        return _temperature == 0 ? best : Draw(scores, scores[best], tokens.Length);
    }

    private Span<float> Penalize(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        for (; _seenTokens < tokens.Length; _seenTokens++)
        {
            _seen[tokens[_seenTokens]] = true;
        }

        logits.CopyTo(_scores);
        for (int id = 0; id < _seen.Length; id++)
        {
            if (_seen[id])
            {
                _scores[id] = _scores[id] < 0 ? _scores[id] * _penalty : _scores[id] / _penalty;
            }
        }

        return _scores;
    }

    private int Draw(ReadOnlySpan<float> logits, float largest, int position)
    {
        TensorPrimitives.Divide(logits, _temperature, _scores);
        int count = Candidates(largest / _temperature);
        Span<float> probabilities = _values.AsSpan(0, count);
        TensorPrimitives.SoftMax(probabilities, probabilities);
        if (_topP < 1)
        {
            count = CutNucleus(count);
        }

        if (_minP > 0)
        {
            count = CutUnlikely(count);
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
    private int Candidates(float largest)
    {
        int k = _topK;
        float threshold = k == 0 || k >= _scores.Length ? float.NegativeInfinity : Threshold(k);
        int count = 0;
        for (int id = 0; id < _scores.Length; id++)
        {
            // Scores so far below the best that their probability is 0 in float32 can never be drawn.
            if (_scores[id] >= threshold && _scores[id] > largest - 104)
            {
                _ids[count] = id;
                _values[count++] = _scores[id];
            }
        }

        return count;
    }

    // The k-th largest score: a heap of the k largest so far, entered only by what exceeds its smallest.
    // Whole vectors that don't are skipped.
    private float Threshold(int k)
    {
        Span<float> heap = _values.AsSpan(0, k);
        _scores.AsSpan(0, k).CopyTo(heap);
        for (int i = (k / 2) - 1; i >= 0; i--)
        {
            SiftDown(heap, i);
        }

        int id = k;
        for (; id <= _scores.Length - Vector<float>.Count; id += Vector<float>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<float>(_scores, id), new Vector<float>(heap[0])))
            {
                Enter(heap, _scores.AsSpan(id, Vector<float>.Count));
            }
        }

        Enter(heap, _scores.AsSpan(id));
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

    // Keeps an id while those more likely than it stay below top-p together.
    private int CutNucleus(int count)
    {
        // Ids below (1 - p) / n have less than 1 - p together, so the nucleus lies among the others; only those are sorted.
        count = Keep(count, (1 - _topP) / count);
        Span<float> probabilities = _values.AsSpan(0, count);
        Span<int> ids = _ids.AsSpan(0, count);
        probabilities.Sort(ids);
        probabilities.Reverse();
        ids.Reverse();
        int kept = 1;
        for (double before = probabilities[0]; kept < count && before < _topP; kept++)
        {
            before += probabilities[kept];
        }

        return kept;
    }

    // Both sides are scaled by the same sum, so that the ratio is the one after renormalization.
    private int CutUnlikely(int count) => Keep(count, _minP * TensorPrimitives.Max<float>(_values.AsSpan(0, count)));

    private int Keep(int count, float smallest)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (_values[i] >= smallest)
            {
                (_ids[kept], _values[kept]) = (_ids[i], _values[i]);
                kept++;
            }
        }

        return kept;
    }
}
