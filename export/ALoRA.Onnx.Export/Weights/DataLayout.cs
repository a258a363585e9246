namespace ALoRA.Onnx.Export.Weights;

/// <summary>Gives each stored tensor its place in the data file.</summary>
internal static class DataLayout
{
    // 64 KiB is the granularity of file mappings on Windows, so that ONNX Runtime
    // can map a large tensor by itself; 64 bytes is a cache line.
    private const long LargeTensor = 1 << 20;
    private const long LargeAlignment = 64 << 10;
    private const long SmallAlignment = 64;

    /// <summary>Assigns the offsets in the order of the plans and returns the length of the file.</summary>
    public static long Assign(IEnumerable<WeightPlan> plans)
    {
        long end = 0;
        foreach (StoredTensor tensor in plans.SelectMany(plan => plan.Outputs))
        {
            long alignment = tensor.ByteLength >= LargeTensor ? LargeAlignment : SmallAlignment;
            tensor.Offset = (end + alignment - 1) / alignment * alignment;
            end = tensor.Offset + tensor.ByteLength;
        }

        return end;
    }
}
