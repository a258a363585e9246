using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>What the KV cache of a model looks like: two tensors a layer, <c>[1, kv_heads, capacity, head_dim]</c>.</summary>
/// <param name="Layers">Number of layers.</param>
/// <param name="Heads">Number of key/value heads.</param>
/// <param name="HeadDim">Size of a head.</param>
/// <param name="Type">Element type.</param>
/// <param name="MaxLength">The most rows a cache may have.</param>
internal sealed record KvLayout(int Layers, int Heads, int HeadDim, TensorElementType Type, int MaxLength)
{
    /// <summary>Bytes of one row of one head in one tensor.</summary>
    public long RowBytes => (long)HeadDim * ElementTypes.SizeOf(Type);

    /// <summary>Bytes of one token in all tensors.</summary>
    public long BytesPerToken => 2 * Layers * Heads * RowBytes;

    public static KvLayout Of(ModelManifest model, int? maxLength) => new(
        model.LayerCount,
        model.KeyValueHeads,
        model.HeadDim,
        ElementTypes.Parse(model.Precision.KvCache),
        Math.Min(maxLength ?? int.MaxValue, model.MaxPositions));
}
