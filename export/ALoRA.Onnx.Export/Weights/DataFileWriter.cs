using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>Carries out weight plans: the one streaming pass of an export.</summary>
internal static class DataFileWriter
{
    // Small enough for the second-level cache, large enough for system calls not to count.
    private const int ChunkElements = 512 << 10;

    // More readers than this only compete for the disk.
    private const int MostWorkers = 8;

    /// <summary>Writes the file. Peak memory is a few MB for each processor, whatever the size of the checkpoint.</summary>
    /// <param name="path">The file to make.</param>
    /// <param name="length">Its length.</param>
    /// <param name="plans">What goes into it.</param>
    /// <param name="converted">Rows that were converted before, for the plans that ask for them; null where none does.</param>
    /// <param name="onRead">Told the checkpoint bytes of each piece, from any thread.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public static void Write(
        string path, long length, IReadOnlyList<WeightPlan> plans, IRowSource? converted, Action<long> onRead,
        CancellationToken cancellationToken)
    {
        using DataFile file = DataFile.Create(path, length);
        var chunks = Partitioner.Create(plans.SelectMany(plan => plan.Chunks(ChunkElements)), EnumerablePartitionerOptions.NoBuffering);
        ParallelOptions options = new()
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = Math.Min(Environment.ProcessorCount, MostWorkers),
        };
        try
        {
            Parallel.ForEach(
                chunks,
                options,
                () => new ChunkBuffers(converted),
                (chunk, _, buffers) =>
                {
                    chunk.Write(file, buffers);
                    onRead(chunk.SourceByteLength);
                    return buffers;
                },
                _ => { });
        }
        catch (AggregateException e)
        {
            // The workers fail for the same reason (disk full, damaged file), so that the first one tells it.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        cancellationToken.ThrowIfCancellationRequested();
        file.FlushToDisk();
    }
}
