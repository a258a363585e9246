using System.Globalization;
using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Adapters.Packing;

/// <summary>
/// Reads every weight once before anything is written: all finite, all within the range of the graph's type after scaling.
/// </summary>
internal static class WeightCheck
{
    private const int FloatsAtOnce = 64 * 1024;

    /// <exception cref="CheckpointFormatException">Values that cannot be converted, all tensors in one message.</exception>
    public static void Run(string file, IEnumerable<BoundModule> modules, ActivationType type, CancellationToken cancellationToken)
    {
        float[] buffer = [];
        List<string> problems = [];
        foreach ((CheckpointTensor tensor, double factor) in modules.SelectMany(module => module.Weights))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int rowsAtOnce = (int)Math.Max(1, FloatsAtOnce / tensor.RowLength);
            Array.Resize(ref buffer, (int)Math.Max(buffer.Length, Math.Min(rowsAtOnce, tensor.RowCount) * tensor.RowLength));
            for (long first = 0; first < tensor.RowCount; first += rowsAtOnce)
            {
                int count = (int)Math.Min(rowsAtOnce, tensor.RowCount - first);
                Span<float> values = buffer.AsSpan(0, count * (int)tensor.RowLength);
                tensor.ReadRowsAsFloat(first, count, values);
                if (Problem(tensor, first, values, factor, type) is { } problem)
                {
                    problems.Add(problem);
                    break;
                }
            }
        }

        ProblemList.ThrowIfAny($"{file}: the weights cannot be converted", problems);
    }

    private static string? Problem(CheckpointTensor tensor, long firstRow, ReadOnlySpan<float> values, double factor, ActivationType type)
    {
        float limit = FloatRounding.Limit(type);
        if (Fits(FloatRounding.LargestMagnitude(values), factor, limit))
        {
            return null;
        }

        int index = 0;
        while (Fits(values[index], factor, limit))
        {
            index++;
        }

        string where = tensor.Shape.Count == 1
            ? $"[{index}]"
            : $"[{firstRow + (index / tensor.RowLength)}, {index % tensor.RowLength}]";
        return float.IsFinite(values[index])
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"tensor '{tensor.Name}': {values[index]} at {where} times the scale {factor} does not fit {type.ToName()}, "
                + $"the type of the model. Export the model with another activation type.")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"tensor '{tensor.Name}': expected finite numbers, got {values[index]} at {where}. "
                + $"The training has diverged or the file is damaged; save the adapter again.");
    }

    // An infinity times a scale of 0 is NaN, which no comparison lets through.
    private static bool Fits(float value, double factor, float limit) =>
        Math.Abs((float)(value * factor)) <= limit && float.IsFinite(value);
}
