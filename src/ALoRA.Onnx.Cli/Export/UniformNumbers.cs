namespace ALoRA.Onnx.Cli.Export;

/// <summary>
/// Uniform random numbers that are the same in every process and on every platform (SplitMix64: Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014), several times faster than a seeded <see cref="Random"/>.
/// </summary>
internal sealed class UniformNumbers
{
    private ulong _state;

    public UniformNumbers(int seed, string name)
    {
        // FNV-1a, as string.GetHashCode differs from process to process.
        ulong hash = 14695981039346656037;
        foreach (char character in name)
        {
            hash = (hash ^ character) * 1099511628211;
        }

        _state = hash ^ ((ulong)(uint)seed << 32);
    }

    /// <summary>Fills with numbers from -<paramref name="amplitude"/> to <paramref name="amplitude"/>.</summary>
    public void Fill(Span<float> values, float amplitude)
    {
        float scale = amplitude / int.MaxValue;
        for (int i = 0; i < values.Length; i += 2)
        {
            ulong bits = Next();
            values[i] = (int)bits * scale;
            if (i + 1 < values.Length)
            {
                values[i + 1] = (int)(bits >> 32) * scale;
            }
        }
    }

    private ulong Next()
    {
        ulong mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
