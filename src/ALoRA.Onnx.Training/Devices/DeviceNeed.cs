using System.Globalization;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Tensors;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>Memory that a training is going to take on its device, in bytes, counted before any of it is taken.</summary>
/// <param name="Weights">The base's weights, once.</param>
/// <param name="Prefixes">Keys and values of prefixes.</param>
/// <param name="Optimizer">Parameters, moments, gradients, and what a step of the optimizer computes.</param>
/// <param name="Activations">The largest run, forward and backward: an estimate.</param>
internal sealed record DeviceNeed(long Weights, long Prefixes, long Optimizer, long Activations)
{
    private const int VectorsKept = 5;
    private const int VectorsComputed = 6;

    // Of each projection's rows: input and output, in 16 bits too, with the branch, and their gradients while a layer is gone through.
    private const int CopiesOfRows = 4;
    private const int CopiesOfScores = 5;
    private const int CopiesOfLogits = 5;

    // ONNX Runtime's arena grows by powers of two, kernels have workspaces, and each session something of its own.
    private const double Slack = 1.25;
    private const long Sessions = 400L << 20;

    /// <summary>All of it.</summary>
    public long Total => Weights + Prefixes + Optimizer + Activations;

    /// <summary>Counts.</summary>
    /// <param name="manifest">The base.</param>
    /// <param name="sizes">Prefixes and rows of a run.</param>
    /// <param name="parameters">Elements of the vector of parameters.</param>
    /// <param name="suffix">Rows behind the longest prefix of a run.</param>
    /// <param name="prefix">The longest prefix.</param>
    /// <param name="heads">Rows that reach the head.</param>
    public static DeviceNeed Of(ModelManifest manifest, DeviceSizes sizes, long parameters, int suffix, int prefix, int heads)
    {
        long rows = (long)sizes.Rows * suffix;
        long projections = manifest.AdapterGroups.Sum(group => (long)group.InputSize + group.OutputSize);
        long cached = PrefixRows.BytesPerRow(manifest);
        long layer = (rows * projections * CopiesOfRows * sizeof(float))
            + (rows * manifest.AttentionHeads * (prefix + suffix) * CopiesOfScores * sizeof(float))
            + (2 * cached * prefix * sizes.Rows);
        long largest = manifest.AdapterGroups.Max(group => (long)group.InputSize * group.OutputSize);
        long decoded = manifest.Precision.BlockSize is null ? 0 : 2 * largest * sizeof(float);
        long logits = (long)sizes.Rows * heads * manifest.VocabularySize * sizeof(float) * CopiesOfLogits;
        return new DeviceNeed(
            manifest.WeightsBytes,
            sizes.PrefixBytes(manifest),
            parameters * sizeof(float) * (VectorsKept + VectorsComputed),
            (long)(Slack * ((manifest.LayerCount * layer) + logits + decoded)) + Sessions);
    }

    /// <summary>Refuses what does not fit.</summary>
    /// <param name="free">Memory of the device; null where it is not known.</param>
    /// <exception cref="InsufficientMemoryException">It does not.</exception>
    public void Check(CardMemory? free)
    {
        if (free is not null && Total > free.Free)
        {
            throw new InsufficientMemoryException(
                $"The training needs about {Gigabytes(Total)} on the device, of which {Gigabytes(free.Free)} of "
                + $"{Gigabytes(free.Total)} are free: {this}. Use a smaller --micro-batch (rows at once), --device-prefixes, "
                + "--max-length or --rank, or an int4 export.");
        }
    }

    /// <summary>The parts.</summary>
    public override string ToString() =>
        $"weights {Gigabytes(Weights)}, prefixes {Gigabytes(Prefixes)}, optimizer {Gigabytes(Optimizer)}, activations about "
        + Gigabytes(Activations);

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.00 GB", CultureInfo.InvariantCulture);
}
