using ALoRA.Onnx.Export.Checkpoints.Decoding;

namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>
/// Takes tensors by module and part, checking presence, type and shape; what does not hold becomes a sentence in the list.
/// </summary>
internal sealed class TensorCheck(IReadOnlyDictionary<PeftTensorName, CheckpointTensor> tensors, List<string> problems)
{
    /// <returns>The tensor, or null if it is missing or wrong.</returns>
    public CheckpointTensor? Take(ModelModule module, LoraPart part, params ReadOnlySpan<long> shape)
    {
        PeftTensorName name = new(module.Path, part);
        if (!tensors.TryGetValue(name, out CheckpointTensor? tensor))
        {
            problems.Add($"tensor '{name}' of a targeted module is missing. Save the adapter again.");
            return null;
        }

        bool isBlocks = tensor.Encoding.BlockLength() > 1 && BlockDecoders.Find(tensor.Encoding) is not null;
        if (tensor.Encoding is not (TensorEncoding.F32 or TensorEncoding.F16 or TensorEncoding.BF16) && !isBlocks)
        {
            problems.Add(
                $"tensor '{tensor.Name}': expected F32, F16 or BF16, got {tensor.Encoding}. Save the adapter in one of these types.");
            return null;
        }

        long[] expected = shape.ToArray();
        if (!tensor.Shape.SequenceEqual(expected))
        {
            problems.Add(
                $"tensor '{tensor.Name}': expected shape [{string.Join(", ", expected)}], got [{string.Join(", ", tensor.Shape)}]. "
                + $"{Meaning(module, part, expected)}");
            return null;
        }

        return tensor;
    }

    private static string Meaning(ModelModule module, LoraPart part, long[] expected) => part switch
    {
        LoraPart.A => $"The settings give rank {expected[0]}, the base has input size {expected[1]}.",
        LoraPart.B => $"The base has output size {expected[0]}, the settings give rank {expected[1]}.",
        _ => $"The base has output size {module.Output.Size}.",
    };
}
