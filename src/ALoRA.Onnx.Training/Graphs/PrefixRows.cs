using System.Runtime.InteropServices;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>Keys and values of a prefix, float32 <c>[kv_heads, length, head_dim]</c> a layer: constants of a training.</summary>
internal sealed class PrefixRows
{
    private PrefixRows(int length, float[][] keys, float[][] values)
    {
        Length = length;
        Keys = keys;
        Values = values;
    }

    /// <summary>Number of ids.</summary>
    public int Length { get; }

    /// <summary>Keys of each layer.</summary>
    public IReadOnlyList<float[]> Keys { get; }

    /// <summary>Values of each layer.</summary>
    public IReadOnlyList<float[]> Values { get; }

    /// <summary>Bytes of all layers.</summary>
    public long Bytes => Keys.Concat(Values).Sum(rows => (long)rows.Length * sizeof(float));

    /// <summary>Bytes of one id in all layers.</summary>
    public static long BytesPerId(ModelManifest manifest) =>
        2L * manifest.LayerCount * manifest.KeyValueHeads * manifest.HeadDim * sizeof(float);

    /// <summary>Rows that were computed before.</summary>
    /// <param name="length">Number of ids.</param>
    /// <param name="keys">Keys of each layer, which are not copied.</param>
    /// <param name="values">Values of each layer, which are not copied.</param>
    public static PrefixRows Of(int length, float[][] keys, float[][] values) => new(length, keys, values);

    /// <summary>Computes the first ids of a sequence with the base's graph, in chunks.</summary>
    /// <param name="session">The model's graphs.</param>
    /// <param name="ids">The whole sequence: on its length depends how some models rotate.</param>
    /// <param name="length">Number of ids to compute, at least one.</param>
    /// <param name="cancellationToken">Ends it between two chunks.</param>
    public static PrefixRows Compute(ModelSession session, ReadOnlySpan<int> ids, int length, CancellationToken cancellationToken)
    {
        using Sequence sequence = new(session);
        sequence.Append(ids);
        while (sequence.ComputedLength < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sequence.ComputeNext(Math.Min(session.PrefillChunkSize, length - sequence.ComputedLength));
        }

        Caching.KvLayout layout = session.CacheLayout;
        if (layout.Type != Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float)
        {
            throw new NotSupportedException(
                $"The model '{session.Manifest.Name}' caches keys and values as {layout.Type}; training takes float32. Export it with "
                + "--precision float32, int8 or int4.");
        }

        float[][] Read(bool isValue)
        {
            int size = length * layout.HeadDim;
            float[][] rows = [.. Enumerable.Range(0, layout.Layers).Select(_ => new float[layout.Heads * size])];
            for (int layer = 0; layer < layout.Layers; layer++)
            {
                for (int head = 0; head < layout.Heads; head++)
                {
                    sequence.Cache.ReadRows(layer, isValue, head, 0, MemoryMarshal.AsBytes(rows[layer].AsSpan(head * size, size)));
                }
            }

            return rows;
        }

        return new PrefixRows(length, Read(isValue: false), Read(isValue: true));
    }
}
