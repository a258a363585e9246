using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Adapters;

/// <summary>
/// What adapters will take on the disk, for the check of free space before a model folder is made that they can be bound to.
/// </summary>
internal static class AdapterSize
{
    /// <summary>
    /// Bytes of the packed weights: A as it is, B as wide as its whole group, of which each module fills its own columns.
    /// Without the zeros of layers whose rank is below the group's largest, and without the file's head.
    /// </summary>
    public static long Estimate(PeftAdapter adapter, IReadOnlyList<AdapterGroup> groups, ActivationType type) =>
        adapter.Tensors.Sum(tensor => PackedElements(tensor, groups)) * type.ByteSize();

    private static long PackedElements(PeftTensor tensor, IReadOnlyList<AdapterGroup> groups)
    {
        long elements = tensor.Shape.Aggregate(1L, (product, size) => product * size);
        if (!PeftTensorName.TryParse(tensor.Name, out PeftTensorName name) || name.Part == LoraPart.A)
        {
            return elements;
        }

        foreach (AdapterGroup group in groups)
        {
            if (group.Outputs.FirstOrDefault(output => name.Module.EndsWith($".{output.Module}", StringComparison.Ordinal)) is { } own)
            {
                return elements / own.Size * group.OutputSize;
            }
        }

        return elements;
    }
}
