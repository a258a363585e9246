using System.Numerics;
using System.Security.Cryptography;

namespace ALoRA.Onnx.Sampling;

/// <summary>Uniform numbers that are the same for a seed on every platform and version: xoshiro256**, seeded through SplitMix64.</summary>
/// <remarks>Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.</remarks>
internal sealed class RandomSource
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>Starts a sequence; null starts one that can't be repeated.</summary>
    public RandomSource(long? seed)
    {
        ulong state = seed is long value ? (ulong)value : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _a = SplitMix(ref state);
        _b = SplitMix(ref state);
        _c = SplitMix(ref state);
        _d = SplitMix(ref state);
    }

    /// <summary>The next number, from 0 to below 1, a multiple of 2⁻⁵³.</summary>
    public double NextDouble()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return (result >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
