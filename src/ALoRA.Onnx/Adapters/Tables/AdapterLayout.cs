using System.Runtime.InteropServices;
using ALoRA.Onnx.Models;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Adapters.Tables;

/// <summary>
/// Which ranks of an adapter's group belong to which projection. A file has the projections' ranks side by side, A <c>[in, R]</c> and B
/// <c>[R, out]</c>, which is zero outside of a projection's own columns; a table holds what is not zero alone.
/// </summary>
internal sealed class AdapterLayout
{
    private readonly int[][][] _columns;

    private readonly int _layers;

    private AdapterLayout(int[] ranks, int[][][] columns, int layers) => (Ranks, _columns, _layers) = (ranks, columns, layers);

    /// <summary>Rank of the widest projection in any layer, by group; 0 where the adapter has none.</summary>
    public IReadOnlyList<int> Ranks { get; }

    /// <summary>Columns of A, which are rows of B, that a projection reads.</summary>
    /// <param name="group">Index of the group.</param>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="part">Index of the projection within the group.</param>
    public ReadOnlySpan<int> ColumnsOf(int group, int layer, int part)
    {
        int[][] layers = _columns[group];
        return layers.Length == 0 ? default : layers[(layer * (layers.Length / _layers)) + part];
    }

    /// <summary>Looks at the weights of an adapter without a bias.</summary>
    public static AdapterLayout Of(Adapter adapter, ModelManifest model)
    {
        Dictionary<string, OrtValue> weights = adapter.Weights.HostInputs.ToDictionary(
            input => input.InputName, input => input.Value, StringComparer.Ordinal);
        int[] ranks = new int[model.AdapterGroups.Count];
        int[][][] columns = new int[ranks.Length][][];
        for (int i = 0; i < ranks.Length; i++)
        {
            AdapterGroup group = model.AdapterGroups[i];
            int rank = adapter.Manifest.Groups.FirstOrDefault(one => one.Name == group.Name)?.Rank ?? 0;
            columns[i] = rank == 0 ? [] : [.. Enumerable.Range(0, model.LayerCount).SelectMany(
                layer => Split(group, rank, weights[group.InputNameOfB(layer)]))];
            ranks[i] = columns[i].Select(part => part.Length).DefaultIfEmpty().Max();
        }

        return new AdapterLayout(ranks, columns, model.LayerCount);
    }

    // A rank that several projections read, which no converter makes of two modules, is laid down for each of them.
    private static int[][] Split(AdapterGroup group, int rank, OrtValue b)
    {
        ReadOnlySpan<byte> bytes = b.GetTensorMutableRawData();
        int row = bytes.Length / rank;
        int size = row / group.OutputSize;
        int[][] parts = new int[group.Outputs.Count][];
        int first = 0;
        for (int part = 0; part < parts.Length; part++)
        {
            List<int> own = [];
            int width = group.Outputs[part].Size * size;
            for (int i = 0; i < rank; i++)
            {
                if (HasValue(bytes.Slice((i * row) + first, width), size))
                {
                    own.Add(i);
                }
            }

            parts[part] = [.. own];
            first += width;
        }

        return parts;
    }

    // −0 is a zero, too: the sign adds nothing to a sum.
    private static bool HasValue(ReadOnlySpan<byte> elements, int size)
    {
        if (size == sizeof(uint))
        {
            return MemoryMarshal.Cast<byte, uint>(elements).ContainsAnyExcept(0u, 0x8000_0000u);
        }

        return MemoryMarshal.Cast<byte, ushort>(elements).ContainsAnyExcept((ushort)0, (ushort)0x8000);
    }
}
