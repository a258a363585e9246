using ALoRA.Onnx.Export.Training;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>Where each trained tensor begins in a vector of all of them.</summary>
/// <param name="Length">Elements of the vector.</param>
/// <param name="Offsets">Element at which each tensor begins, at an address that kernels read fastest from.</param>
/// <param name="Shapes">Shape of each, as the training graph has it.</param>
internal sealed record VectorLayout(long Length, IReadOnlyList<long> Offsets, IReadOnlyList<long[]> Shapes)
{
    private const int Alignment = 64;

    /// <summary>The layout of some tensors.</summary>
    public static VectorLayout Of(IReadOnlyList<TrainedTensor> tensors) => Of([.. tensors.Select(tensor => tensor.Shape)]);

    /// <summary>The layout of tensors of some shapes.</summary>
    public static VectorLayout Of(IReadOnlyList<IReadOnlyList<int>> shapes)
    {
        List<long> offsets = [];
        long end = 0;
        foreach (IReadOnlyList<int> shape in shapes)
        {
            offsets.Add(end);
            end += Up(shape.Aggregate(1L, (product, size) => product * size), Alignment);
        }

        return new VectorLayout(
            Math.Max(Up(end, OptimizerGraphs.Row), OptimizerGraphs.Row), offsets,
            [.. shapes.Select(shape => shape.Count == 1 ? [1, shape[0]] : shape.Select(size => (long)size).ToArray())]);
    }

    private static long Up(long size, int step) => (size + step - 1) / step * step;
}
