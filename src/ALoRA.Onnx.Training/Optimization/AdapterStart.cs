using ALoRA.Onnx.Training.Data;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Optimization;

/// <summary>
/// Where an adapter begins, as PEFT does it: A uniform in ±1/√in (kaiming with a = √5), all else zero, so that it changes nothing yet.
/// </summary>
internal static class AdapterStart
{
    /// <summary>Fills all tensors, each with numbers of its own that depend on seed and name alone.</summary>
    public static void Fill(IReadOnlyList<TrainedTensor> tensors, int seed)
    {
        foreach (TrainedTensor tensor in tensors)
        {
            if (!tensor.IsA)
            {
                tensor.Values.AsSpan().Clear();
                continue;
            }

            SeededNumbers numbers = new(seed, tensor.Name);
            float bound = 1 / MathF.Sqrt(tensor.Shape[1]);
            foreach (ref float value in tensor.Values.AsSpan())
            {
                value = ((numbers.NextSingle() * 2) - 1) * bound;
            }
        }
    }
}
