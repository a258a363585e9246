using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// Keys and values of a prefix, <c>[kv_heads, length, head_dim]</c> a layer in the cache's element type: constants of a training.
/// </summary>
internal sealed class PrefixRows
{
    private PrefixRows(int length, byte[][] keys, byte[][] values, int page)
    {
        Length = length;
        Keys = keys;
        Values = values;
        Page = page;
    }

    /// <summary>Number of ids.</summary>
    public int Length { get; }

    /// <summary>Keys of each layer; none where they are in <see cref="PrefixPages"/>.</summary>
    public IReadOnlyList<byte[]> Keys { get; }

    /// <summary>Values of each layer; none where they are in <see cref="PrefixPages"/>.</summary>
    public IReadOnlyList<byte[]> Values { get; }

    /// <summary>The first of the pages that hold them; 0 for none.</summary>
    public int Page { get; }

    /// <summary>Bytes of all layers in the process's memory.</summary>
    public long Bytes => Keys.Concat(Values).Sum(rows => (long)rows.Length);

    /// <summary>Bytes of one id in all layers.</summary>
    public static long BytesPerId(ModelManifest manifest) => 2 * manifest.LayerCount * BytesPerRow(manifest);

    /// <summary>Bytes of one id in the keys of one layer.</summary>
    public static long BytesPerRow(ModelManifest manifest) =>
        (long)manifest.KeyValueHeads * manifest.HeadDim * ElementTypes.SizeOf(ElementTypes.Parse(manifest.Precision.KvCache));

    /// <summary>Rows that were computed before.</summary>
    /// <param name="length">Number of ids.</param>
    /// <param name="keys">Keys of each layer, which are not copied.</param>
    /// <param name="values">Values of each layer, which are not copied.</param>
    public static PrefixRows Of(int length, byte[][] keys, byte[][] values) => new(length, keys, values, page: 0);

    /// <summary>Rows that lie in pages.</summary>
    /// <param name="length">Number of ids.</param>
    /// <param name="page">The first page.</param>
    public static PrefixRows InPages(int length, int page) => new(length, [], [], page);

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
        byte[][] Read(bool isValue)
        {
            int size = checked((int)(length * layout.RowBytes));
            byte[][] rows = [.. Enumerable.Range(0, layout.Layers).Select(_ => new byte[checked(layout.Heads * size)])];
            for (int layer = 0; layer < layout.Layers; layer++)
            {
                for (int head = 0; head < layout.Heads; head++)
                {
                    sequence.Cache.ReadRows(layer, isValue, head, 0, rows[layer].AsSpan(head * size, size));
                }
            }

            return rows;
        }

        return Of(length, Read(isValue: false), Read(isValue: true));
    }
}
