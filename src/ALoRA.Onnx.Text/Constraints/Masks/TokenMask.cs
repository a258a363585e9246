using System.Numerics;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>The ids that are possible next. Immutable, thread-safe.</summary>
internal sealed class TokenMask
{
    private const int MaxListed = 256;
    private readonly int[] _ids = [];
    private readonly ulong[] _bits = [];

    /// <param name="bits">A bit for each id; copied.</param>
    public TokenMask(ReadOnlySpan<ulong> bits)
    {
        foreach (ulong word in bits)
        {
            Count += BitOperations.PopCount(word);
        }

        if (Count > MaxListed)
        {
            _bits = bits.ToArray();
            return;
        }

        _ids = new int[Count];
        int listed = 0;
        for (int i = 0; i < bits.Length; i++)
        {
            for (ulong word = bits[i]; word != 0; word &= word - 1)
            {
                _ids[listed++] = (i * 64) + BitOperations.TrailingZeroCount(word);
            }
        }
    }

    /// <summary>Number of possible ids.</summary>
    public int Count { get; }

    /// <summary>Memory in bytes.</summary>
    public int Bytes => (_bits.Length * sizeof(ulong)) + (_ids.Length * sizeof(int));

    /// <summary>The first of the possible ids; there must be one.</summary>
    public int First
    {
        get
        {
            if (_bits.Length == 0)
            {
                return _ids[0];
            }

            int word = Array.FindIndex(_bits, bits => bits != 0);
            return (word * 64) + BitOperations.TrailingZeroCount(_bits[word]);
        }
    }

    public bool Contains(int id) =>
        _bits.Length > 0 ? id >= 0 && id / 64 < _bits.Length && (_bits[id / 64] >> (id % 64) & 1) != 0 : Array.BinarySearch(_ids, id) >= 0;

    /// <summary>Copies the logits of the possible ids; all others become negative infinity.</summary>
    /// <param name="logits">float32 <c>[vocab]</c>.</param>
    /// <param name="masked">float32 <c>[vocab]</c>.</param>
    public void Apply(ReadOnlySpan<float> logits, Span<float> masked)
    {
        if (_bits.Length == 0)
        {
            masked.Fill(float.NegativeInfinity);
            foreach (int id in _ids)
            {
                masked[id] = logits[id];
            }

            return;
        }

        for (int i = 0; i < _bits.Length; i++)
        {
            int start = i * 64;
            int length = Math.Min(64, logits.Length - start);
            ulong word = _bits[i];
            if (word == ulong.MaxValue && length == 64)
            {
                logits.Slice(start, length).CopyTo(masked[start..]);
                continue;
            }

            masked.Slice(start, length).Fill(float.NegativeInfinity);
            for (; word != 0; word &= word - 1)
            {
                int id = start + BitOperations.TrailingZeroCount(word);
                masked[id] = logits[id];
            }
        }
    }

    /// <summary>Makes the logits of all other ids negative infinity, in place.</summary>
    /// <param name="logits">float32 <c>[vocab]</c>.</param>
    public void Forbid(Span<float> logits)
    {
        if (_bits.Length == 0)
        {
            int next = 0;
            foreach (int id in _ids)
            {
                logits[next..id].Fill(float.NegativeInfinity);
                next = id + 1;
            }

            logits[next..].Fill(float.NegativeInfinity);
            return;
        }

        for (int i = 0; i < _bits.Length; i++)
        {
            int start = i * 64;
            Span<float> part = logits.Slice(start, Math.Min(64, logits.Length - start));
            if (_bits[i] == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            for (ulong others = ~_bits[i]; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                if (other < part.Length)
                {
                    part[other] = float.NegativeInfinity;
                }
            }
        }
    }
}
