using System.Text;

namespace ALoRA.Onnx.Training.Data;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014), a generator whose numbers are written down: state += 0x9E3779B97F4A7C15, then three mixing
/// steps. System.Random may change with .NET, and a training is to be repeated bit by bit. Not thread-safe.
/// </summary>
internal sealed class SeededNumbers
{
    private const ulong Increment = 0x9E3779B97F4A7C15;
    private const ulong HashStart = 14695981039346656037;
    private const ulong HashPrime = 1099511628211;
    private const float UnitOf24Bits = 1f / (1 << 24);

    private ulong _state;

    /// <summary>Numbers of a seed.</summary>
    public SeededNumbers(ulong seed) => _state = seed;

    /// <summary>
    /// Numbers of a seed for a purpose, such as a tensor's name: FNV-1a (64 bits) of its UTF-8 bytes, mixed with the seed.
    /// </summary>
    public SeededNumbers(int seed, string purpose)
    {
        ulong hash = HashStart;
        foreach (byte value in Encoding.UTF8.GetBytes(purpose))
        {
            hash = (hash ^ value) * HashPrime;
        }

        _state = hash ^ (unchecked((uint)seed) * Increment);
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += Increment;
        ulong mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to below 1, of 24 bits.</summary>
    public float NextSingle() => (Next() >> 40) * UnitOf24Bits;

    /// <summary>A number from 0 to below a bound: the high half of the product with it, which is even enough for orders.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>0 to below a count, in an order of Fisher and Yates.</summary>
    public int[] Order(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int other = Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }
}
