using System.Numerics.Tensors;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>Quantizes rows with error feedback: GPTQ. Immutable, thread-safe.</summary>
/// <param name="format">Blocks of 4-bit codes.</param>
/// <param name="fit">Chooses each block's scale and zero point, after the errors of the blocks before it are added to its weights.</param>
/// <param name="order">Order of the blocks.</param>
/// <param name="feedback">Second moments of the inputs in that order, factorized.</param>
internal sealed class FeedbackQuantizer(MatrixFormat.Blocks format, BlockFit fit, BlockOrder order, ErrorFeedback feedback)
{
    /// <summary>Quantizes one row.</summary>
    /// <param name="row">The weights.</param>
    /// <param name="codes">Receives a code for each weight of each block, padding included.</param>
    /// <param name="scales">Receives the scale of each block.</param>
    /// <param name="zeroPoints">Receives the zero point of each block.</param>
    /// <param name="memory">At least <see cref="MemoryLength"/> numbers.</param>
    public void Quantize(ReadOnlySpan<float> row, Span<byte> codes, Span<float> scales, Span<byte> zeroPoints, Span<float> memory)
    {
        int columns = row.Length;
        int size = format.BlockSize;
        Span<float> weights = memory[..columns];
        Span<float> errors = memory.Slice(columns, columns);
        Span<float> block = memory.Slice(2 * columns, size);
        Span<float> importance = memory.Slice((2 * columns) + size, size);
        order.PermuteRow(row, weights);
        for (int place = order.Blocks.Count - 1; place >= 0; place--)
        {
            int start = order.Starts[place];
            int length = order.LengthAt(place);
            int end = start + length;
            block.Clear();
            importance.Clear();
            for (int i = 0; i < length; i++)
            {
                // Factors of the later blocks only; those within this block follow when its codes are known.
                block[i] = weights[start + i] + TensorPrimitives.Dot(errors[end..], feedback.FactorsOf(start + i)[(length - i - 1)..]);
                importance[i] = feedback.Weights[start + i];
            }

            int index = order.Blocks[place];
            Span<byte> blockCodes = codes.Slice(index * size, size);
            (float scale, int zeroPoint) = fit.Quantize(block, importance, blockCodes);
            scales[index] = scale;
            zeroPoints[index] = (byte)zeroPoint;
            RoundOneByOne(weights[start..end], errors[start..end], block, blockCodes, scale, zeroPoint, start);
        }
    }

    /// <summary>Numbers of memory that a row needs.</summary>
    public int MemoryLength => 2 * (order.Columns + format.BlockSize);

    private void RoundOneByOne(
        ReadOnlySpan<float> weights, Span<float> errors, ReadOnlySpan<float> corrected, Span<byte> codes, float scale, int zeroPoint,
        int start)
    {
        int highest = (1 << format.Bits) - 1;
        float reciprocal = 1 / scale;
        if (!float.IsFinite(reciprocal))
        {
            reciprocal = 0;
        }

        for (int i = weights.Length - 1; i >= 0; i--)
        {
            float value = corrected[i] + TensorPrimitives.Dot(errors[(i + 1)..], feedback.FactorsOf(start + i)[..(weights.Length - i - 1)]);
            int code = Math.Clamp((int)MathF.Floor((value * reciprocal) + zeroPoint + 0.5f), 0, highest);
            codes[i] = (byte)code;
            errors[i] = weights[i] - ((code - zeroPoint) * scale);
        }
    }
}
