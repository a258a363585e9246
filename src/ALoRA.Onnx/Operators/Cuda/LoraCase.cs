using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>An adapter's branch with made-up numbers, and what it should give by plain loops in double precision.</summary>
internal sealed class LoraCase
{
    private readonly double[] _sums;
    private readonly float[] _x;
    private readonly float[] _w;
    private readonly float[] _a;
    private readonly float[] _b;

    /// <summary>Makes the numbers.</summary>
    /// <param name="type">Float16 or bfloat16.</param>
    /// <param name="width">Length of a row of x.</param>
    /// <param name="parts">Sizes of the fused outputs.</param>
    /// <param name="rank">Rank of a slot's place.</param>
    /// <param name="slots">Slot of each row, or one for all.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="ranks">Rank of each slot; null where all have <paramref name="rank"/>.</param>
    /// <param name="tableSlots">Slots of the table.</param>
    public LoraCase(TensorElementType type, int width, int[] parts, int rank, int[] slots, int rows, int[]? ranks, int tableSlots)
        : this(type, width, parts, rank, slots, rows, ranks, tableSlots, x: null)
    {
    }

    private LoraCase(
        TensorElementType type, int width, int[] parts, int rank, int[] slots, int rows, int[]? ranks, int tableSlots, ushort[]? x)
    {
        (Type, Width, Parts, Rank, Slots, Rows, Ranks, TableSlots) = (type, width, parts, rank, slots, rows, ranks, tableSlots);
        Out = parts.Sum();
        TotalRank = rank * parts.Length;
        uint seed = (uint)(width + (rank * 31) + (rows * 7) + Out);
        ushort[] madeUp = Fill(ref seed, rows * width, 1);
        X = x ?? madeUp;
        W = Fill(ref seed, Out * width, 1 / MathF.Sqrt(width));
        A = Fill(ref seed, tableSlots * TotalRank * width, 1.7f / MathF.Sqrt(width));
        B = Fill(ref seed, tableSlots * Out * rank, 0.5f / MathF.Sqrt(rank));
        Base = Fill(ref seed, rows * Out, 1);
        ClearBehindRanks();
        (_x, _w, _a, _b) = (Values(X), Values(W), Values(A), Values(B));
        _sums = new double[rows * TotalRank];
        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; SlotOf(row) >= 0 && k < TotalRank; k++)
            {
                if (k % rank >= RankOf(SlotOf(row)))
                {
                    continue;
                }

                _sums[(row * TotalRank) + k] = Dot(_x, row * width, _a, ((SlotOf(row) * TotalRank) + k) * width, width);
            }
        }
    }

    public TensorElementType Type { get; }

    public int Width { get; }

    public int[] Parts { get; }

    public int Rank { get; }

    public int[] Slots { get; }

    public int Rows { get; }

    public int[]? Ranks { get; }

    public int TableSlots { get; }

    public int Out { get; }

    public int TotalRank { get; }

    public ushort[] X { get; }

    public ushort[] W { get; }

    public ushort[] A { get; }

    public ushort[] B { get; }

    public ushort[] Base { get; }

    /// <summary>Slot of a row.</summary>
    public int SlotOf(int row) => Slots[Slots.Length == 1 ? 0 : row];

    /// <summary>The same case with x / rms(x) · weight in the place of x.</summary>
    public LoraCase Normalised(ushort[] weight, float epsilon)
    {
        ushort[] x = new ushort[X.Length];
        for (int row = 0; row < Rows; row++)
        {
            double squares = Dot(_x, row * Width, _x, row * Width, Width) / Width;
            for (int index = 0; index < Width; index++)
            {
                double value = _x[(row * Width) + index] / Math.Sqrt(squares + epsilon) * Value(weight[index]);
                x[(row * Width) + index] = SmallFloats.Round(Type, (float)value);
            }
        }

        return new LoraCase(Type, Width, Parts, Rank, Slots, Rows, Ranks, TableSlots, x);
    }

    /// <summary>What the adapter adds to an output.</summary>
    public double Delta(int row, int output)
    {
        int slot = SlotOf(row);
        int part = 0;
        for (int end = Parts[0]; output >= end; end += Parts[part])
        {
            part++;
        }

        double sum = 0;
        for (int k = 0; slot >= 0 && k < RankOf(slot); k++)
        {
            sum += _sums[(row * TotalRank) + (part * Rank) + k] * _b[(((slot * Out) + output) * Rank) + k];
        }

        return sum;
    }

    /// <summary>W·x for an output.</summary>
    public double Product(int row, int output) => Dot(_x, row * Width, _w, output * Width, Width);

    /// <summary>The product of a row with weights that are not the case's own.</summary>
    public double Product(int row, ReadOnlySpan<float> weights)
    {
        double sum = 0;
        for (int index = 0; index < Width; index++)
        {
            sum += (double)_x[(row * Width) + index] * weights[index];
        }

        return sum;
    }

    /// <summary>The value of a number's bits.</summary>
    public float Value(ushort bits) => SmallFloats.Value(Type, bits);

    /// <summary>Largest difference to what is expected, relative where that is above 1; infinite where a base row has other bits.</summary>
    public double WorstOf(ushort[] y, Func<int, int, double> expected, bool keepsBase)
    {
        double worst = 0;
        int width = y.Length / Rows;
        for (int index = 0; index < y.Length; index++)
        {
            if (keepsBase && SlotOf(index / width) < 0)
            {
                worst = y[index] == Base[index] ? worst : double.PositiveInfinity;
                continue;
            }

            double wanted = expected(index / width, index % width);
            double difference = Math.Abs(Value(y[index]) - wanted) / Math.Max(1, Math.Abs(wanted));
            worst = difference <= worst ? worst : double.IsNaN(difference) ? double.PositiveInfinity : difference;
        }

        return worst;
    }

    private static double Dot(float[] left, int at, float[] right, int from, int count)
    {
        double sum = 0;
        for (int index = 0; index < count; index++)
        {
            sum += (double)left[at + index] * right[from + index];
        }

        return sum;
    }

    private float[] Values(ushort[] bits) => Array.ConvertAll(bits, Value);

    private int RankOf(int slot) => Ranks is null ? Rank : Ranks[slot];

    // What is missing to a multiple of 8 is zeros in A; what lies behind that is never read, and would be seen.
    private void ClearBehindRanks()
    {
        ushort never = SmallFloats.Round(Type, float.NaN);
        for (int slot = 0; Ranks is not null && slot < TableSlots; slot++)
        {
            int read = (Ranks[slot] + 7) / 8 * 8;
            for (int k = 0; k < TotalRank; k++)
            {
                if (k % Rank >= Ranks[slot])
                {
                    A.AsSpan(((slot * TotalRank) + k) * Width, Width).Fill(k % Rank < read ? (ushort)0 : never);
                }
            }

            for (int index = 0; index < Out * Rank; index++)
            {
                if (index % Rank >= read)
                {
                    B[(slot * Out * Rank) + index] = never;
                }
            }
        }
    }

    private ushort[] Fill(ref uint seed, int count, float scale)
    {
        ushort[] values = new ushort[count];
        for (int index = 0; index < count; index++)
        {
            seed = (seed * 1664525) + 1013904223;
            values[index] = SmallFloats.Round(Type, (((seed >> 8) / 8388608f) - 1) * scale);
        }

        return values;
    }
}
