using System.Security.Cryptography;

namespace ALoRA.Onnx.Sampling;

/// <summary>
/// Uniform numbers that depend on a seed and on the position that they are for, and on nothing that was drawn before: an answer that is
/// continued elsewhere gets the numbers that it would have got. The same on every platform and version. Immutable, thread-safe.
/// </summary>
/// <remarks>
/// The number for a position is that output of SplitMix64 whose index the position is, in the sequence that begins at the mixed seed;
/// the seed is mixed so that seeds that differ by multiples of the generator's increment do not give one sequence, shifted. Source: Steele,
/// Lea and Flood, "Fast splittable pseudorandom number generators", 2014, with Stafford's mix 13 as Vigna's reference code has it.
/// </remarks>
internal sealed class RandomSource
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private readonly ulong _start;

    /// <summary>Takes a seed; null takes one that can't be repeated.</summary>
    public RandomSource(long? seed) =>
        _start = Mix((ulong?)seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <summary>The number for a token, from 0 to below 1, a multiple of 2⁻⁵³.</summary>
    /// <param name="position">The token's position in the sequence.</param>
    /// <param name="draw">Which number of that token, from 0; further ones are as good as independent of all others.</param>
    public double At(int position, int draw = 0)
    {
        // Draws of a position are as far apart as no sequence gets, so that none is another position's.
        ulong index = ((ulong)(uint)draw << 32) | (uint)position;
        return (Mix(_start + (unchecked(index + 1) * Increment)) >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
