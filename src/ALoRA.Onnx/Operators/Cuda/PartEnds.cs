using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Where the second, third and fourth part of fused outputs begin; never, where there is none.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct PartEnds
{
    /// <summary>Most parts of fused outputs.</summary>
    public const int MostParts = 4;

    private readonly int _first;
    private readonly int _second;
    private readonly int _third;

    /// <summary>Adds up the sizes of parts.</summary>
    /// <param name="parts">Sizes of the fused outputs; none is one part.</param>
    /// <exception cref="ArgumentException">There are more than the kernels know, or one is not a multiple of 8.</exception>
    public PartEnds(ReadOnlySpan<long> parts)
    {
        if (parts.Length > MostParts)
        {
            throw new ArgumentException($"parts: expected at most {MostParts} sizes, got {parts.Length}.", nameof(parts));
        }

        Span<int> ends = [int.MaxValue, int.MaxValue, int.MaxValue];
        long end = 0;
        for (int part = 0; part < parts.Length; part++)
        {
            if (parts[part] <= 0 || parts[part] % 8 != 0 || (end += parts[part]) > int.MaxValue)
            {
                throw new ArgumentException($"parts: expected positive multiples of 8, got {parts[part]}.", nameof(parts));
            }

            if (part < parts.Length - 1)
            {
                ends[part] = (int)end;
            }
        }

        (_first, _second, _third) = (ends[0], ends[1], ends[2]);
        Count = Math.Max(1, parts.Length);
        Total = (int)end;
    }

    /// <summary>Number of parts.</summary>
    public int Count { get; }

    /// <summary>Outputs of all parts; 0 where no sizes were given.</summary>
    public int Total { get; }
}
