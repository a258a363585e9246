using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving;

/// <summary>
/// What a model's runs cost on this machine: decode runs of the base and of the graph with adapters, and chunks of prompts.
/// </summary>
/// <param name="baseRows">Milliseconds of a decode run of <c>base.onnx</c> over its rows.</param>
/// <param name="adaptedRows">Milliseconds of a decode run with adapters over its rows.</param>
/// <param name="chunks">Milliseconds of a chunk of one prompt over its tokens.</param>
public sealed class StepCosts(CostCurve baseRows, CostCurve adaptedRows, CostCurve chunks)
{
    /// <summary>
    /// What is assumed where nothing was measured: a row costs a tenth of reading the weights, and adapters a fifth more.
    /// </summary>
    internal static StepCosts Assumed { get; } = new(
        new CostCurve([new(1, 20), new(16, 50)]), new CostCurve([new(1, 24), new(16, 60)]), new CostCurve([new(1, 20), new(512, 1044)]));

    /// <summary>Decode runs of rows that are all the base's.</summary>
    public CostCurve BaseRows { get; } = baseRows;

    /// <summary>Decode runs in which at least one row has an adapter.</summary>
    public CostCurve AdaptedRows { get; } = adaptedRows;

    /// <summary>Chunks.</summary>
    public CostCurve Chunks { get; } = chunks;

    /// <summary>The most tokens of a chunk that takes no longer than so.</summary>
    /// <param name="milliseconds">The time.</param>
    /// <param name="most">The largest answer.</param>
    /// <returns>From 0 to <paramref name="most"/>.</returns>
    internal int ChunkWithin(double milliseconds, int most)
    {
        int low = 0;
        int high = most;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            (low, high) = Chunks.At(middle) <= milliseconds ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">A file.</param>
    /// <exception cref="ModelFormatException">The file is no such table; the message says where.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static StepCosts Load(string path) => StepCostsFile.Read(path);

    /// <summary>Writes the table as JSON, whole or not at all. A file that is there is replaced.</summary>
    /// <param name="path">A file in a folder that exists.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Save(string path) => StepCostsFile.Write(path, this);
}
