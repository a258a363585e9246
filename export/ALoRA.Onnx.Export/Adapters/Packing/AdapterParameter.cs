namespace ALoRA.Onnx.Export.Adapters.Packing;

/// <summary>A tensor of an <c>.onnx_adapter</c> file, computed when it is written.</summary>
/// <param name="Name">The graph input that it binds to.</param>
/// <param name="Dimensions">Its shape.</param>
/// <param name="Fill">Writes the values in row-major order into a span of zeros.</param>
internal sealed record AdapterParameter(string Name, long[] Dimensions, Action<Span<float>> Fill)
{
    public long ElementCount => Dimensions.Aggregate(1L, (product, size) => product * size);
}
