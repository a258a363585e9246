using System.Numerics.Tensors;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>
/// How the error of a quantized weight is made up for by weights that are quantized after it. With the second moments H of the inputs,
/// a row's error e costs <c>e·H·eᵀ</c>; with H = RᵀR, R upper triangular, that is
/// <c>Σ_b R_bb² · (e_b + Σ_{a&gt;b} e_a · R_ba / R_bb)²</c>, so that weights are quantized from the last to the first, each after the sum
/// over the later ones is added to it.
/// This is GPTQ (arXiv:2210.17323) as LDLQ (arXiv:2307.13304, theorem 6) writes it, without an inverse.
/// </summary>
/// <remarks>Immutable after <see cref="Create"/>, thread-safe. Memory: the matrix given, which it takes over.</remarks>
internal sealed class ErrorFeedback
{
    private const int Panel = 64;
    private const int Tile = 2048;
    private const int Attempts = 5;

    private readonly float[] _factors;

    private ErrorFeedback(float[] factors, float[] weights, int size)
    {
        _factors = factors;
        Weights = weights;
        Size = size;
    }

    /// <summary>Number of inputs.</summary>
    public int Size { get; }

    /// <summary>R_bb²: what a squared error of each weight costs once later errors are made up for.</summary>
    public float[] Weights { get; }

    /// <summary>R_ba / R_bb for all a &gt; b.</summary>
    public ReadOnlySpan<float> FactorsOf(int b) => _factors.AsSpan((b * Size) + b + 1, Size - b - 1);

    /// <summary>Factorizes second moments <c>[size, size]</c>; the array is overwritten.</summary>
    /// <param name="moments">Second moments.</param>
    /// <param name="size">Number of inputs.</param>
    /// <param name="share">
    /// Share of their mean that is added to each: the text is short, and what it never shows must not be taken for zero.
    /// </param>
    /// <param name="cancellationToken">Stops between panels.</param>
    /// <exception cref="InvalidOperationException">They are no second moments of finite numbers.</exception>
    public static ErrorFeedback Create(float[] moments, int size, float share, CancellationToken cancellationToken)
    {
        double trace = 0;
        for (int i = 0; i < size; i++)
        {
            trace += moments[(i * size) + i];
        }

        // An input that is always zero makes all errors equal.
        float mean = trace > 0 ? (float)(trace / size) : 1;
        float[] diagonal = [.. Enumerable.Range(0, size).Select(i => moments[(i * size) + i])];
        float damping = share * mean;
        for (int attempt = 0; attempt < Attempts; attempt++, damping *= 10)
        {
            for (int i = 0; i < size; i++)
            {
                moments[(i * size) + i] = diagonal[i] + damping;
            }

            if (TryFactorize(moments, size, cancellationToken))
            {
                return new ErrorFeedback(moments, Normalize(moments, size), size);
            }

            // The lower triangle still has what the upper one had.
            for (int row = 0; row < size; row++)
            {
                for (int column = row + 1; column < size; column++)
                {
                    moments[(row * size) + column] = moments[(column * size) + row];
                }
            }
        }

        throw new InvalidOperationException(
            "The second moments of the calibration text have no factorization: they hold numbers that are not finite.");
    }

    // Cholesky in panels: the rows of a panel first, then their products are taken off all rows below.
    private static bool TryFactorize(float[] matrix, int size, CancellationToken cancellationToken)
    {
        for (int start = 0; start < size; start += Panel)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int end = Math.Min(start + Panel, size);
            for (int k = start; k < end; k++)
            {
                Span<float> row = matrix.AsSpan((k * size) + k, size - k);
                if (!(row[0] > 0) || !float.IsFinite(row[0]))
                {
                    return false;
                }

                TensorPrimitives.Divide(row, MathF.Sqrt(row[0]), row);
                for (int i = k + 1; i < end; i++)
                {
                    Subtract(matrix, size, k, i, i, size);
                }
            }

            for (int tile = end; tile < size; tile += Tile)
            {
                int tileEnd = Math.Min(tile + Tile, size);
                (int first, int last) = (start, end);
                Parallel.For(end, tileEnd, i =>
                {
                    for (int k = first; k < last; k++)
                    {
                        Subtract(matrix, size, k, i, Math.Max(tile, i), tileEnd);
                    }
                });
            }
        }

        return true;
    }

    // matrix[i, from..to] -= matrix[k, i] · matrix[k, from..to]
    private static void Subtract(float[] matrix, int size, int k, int i, int from, int to)
    {
        if (from >= to)
        {
            return;
        }

        Span<float> target = matrix.AsSpan((i * size) + from, to - from);
        TensorPrimitives.MultiplyAdd(matrix.AsSpan((k * size) + from, to - from), -matrix[(k * size) + i], target, target);
    }

    private static float[] Normalize(float[] matrix, int size)
    {
        float[] weights = new float[size];
        for (int i = 0; i < size; i++)
        {
            Span<float> row = matrix.AsSpan((i * size) + i, size - i);
            weights[i] = row[0] * row[0];
            TensorPrimitives.Divide(row, row[0], row);
        }

        return weights;
    }
}
