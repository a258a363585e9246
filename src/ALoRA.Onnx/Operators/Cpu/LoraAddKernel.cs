using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>A node of <see cref="LoraAdd"/>: checks the tensors of a run, and chooses how to compute it.</summary>
/// <typeparam name="TElement">How A and B are stored.</typeparam>
internal sealed unsafe class LoraAddKernel<TElement> : OperatorKernel
    where TElement : IElement
{
    // Up to so many rows each product is cut into pieces; beyond, the rows are.
    private const int FewRows = 32;
    private const int MostChunkRows = 128;
    private const int MostTasks = 16;

    // Less than that is done before another thread has woken up.
    private const long ProductsOfTask = 24_576;

    // Pinned, as its address is part of a job.
    private readonly int[] _parts;

    private readonly int _mostTasks;
    private readonly ScratchPool _scratch;

    /// <summary>Checks the sizes of the fused outputs.</summary>
    /// <param name="parts">The sizes; empty where there is one output.</param>
    /// <param name="threads">Threads of a run.</param>
    /// <param name="scratch">Memory for sums.</param>
    public LoraAddKernel(long[] parts, int threads, ScratchPool scratch)
    {
        _mostTasks = Math.Min(threads, MostTasks);
        _scratch = scratch;
        _parts = GC.AllocateArray<int>(Math.Max(parts.Length, 1), pinned: true);
        for (int part = 0; part < parts.Length; part++)
        {
            if (parts[part] is <= 0 or > int.MaxValue)
            {
                throw new ArgumentException($"attribute 'parts' has {parts[part]}, expected sizes of outputs above 0");
            }

            _parts[part] = (int)parts[part];
        }

        IsWhole = parts.Length == 0;
    }

    // Without 'parts' the one part is what the outputs are.
    private bool IsWhole { get; }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public override void Compute(KernelContext context)
    {
        KernelTensor from = context.Input(0);
        KernelTensor slots = context.Input(2);
        LoraJob job = default;
        int whole;
        ReadShapes(context, ref job);
        if (IsWhole)
        {
            whole = job.Out;
            job.Parts = &whole;
        }
        else
        {
            job.Parts = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_parts));
        }

        job.PartCount = _parts.Length;
        job.Base = (float*)from.Data;
        job.X = (float*)context.Input(1).Data;
        job.A = (byte*)context.Input(3).Data;
        job.B = (byte*)context.Input(4).Data;
        job.Slots = (int*)slots.Data;
        job.Y = (float*)context.Output(0, from.Shape).Data;
        int adapted = CheckSlots(job);
        if (adapted == 0)
        {
            long bytes = (long)job.Rows * job.Out * sizeof(float);
            if (job.Y != job.Base)
            {
                Buffer.MemoryCopy(job.Base, job.Y, bytes, bytes);
            }

            return;
        }

        long products = adapted * (((long)job.In * job.Width) + ((long)job.Rank * job.Out));
        int tasks = (int)Math.Clamp(products / ProductsOfTask, 1, _mostTasks);
        if (job.Rows <= FewRows)
        {
            int* order = stackalloc int[FewRows];
            job.Order = order;
            job.Adapted = job.OrderRows(0, job.Rows, order);
            // Two for each thread, so that one that comes late has less to do.
            job.Units = tasks == 1 ? 1 : tasks * 2;
            long bytes = (long)job.Units * (tasks == 1 ? 1 : 2) * job.Adapted * job.Width * sizeof(float);
            Run(context, &job, &LoraTasks<TElement>.Split, tasks, bytes);
        }
        else
        {
            tasks = Math.Min(tasks, (job.Rows + 7) / 8);
            int rows = ((job.Rows + (2 * tasks) - 1) / (2 * tasks) + 3) & ~3;
            job.ChunkRows = Math.Min(rows, MostChunkRows);
            job.ScratchBytes = ((long)job.ChunkRows * (job.Width + 1) * sizeof(float) + 63) & ~63L;
            Run(context, &job, &LoraTasks<TElement>.Chunk, tasks, job.ScratchBytes * tasks);
        }
    }

    private void Run(KernelContext context, LoraJob* job, delegate*<void*, int, void> body, int tasks, long bytes)
    {
        byte* scratch = _scratch.Take(bytes);
        try
        {
            job->Sums = (float*)scratch;
            job->Scratch = scratch;
            if (tasks == 1)
            {
                body(job, 0);
            }
            else
            {
                context.ParallelFor(body, tasks, job);
            }
        }
        finally
        {
            _scratch.Return(scratch);
        }
    }

    // How many rows have an adapter.
    private static int CheckSlots(in LoraJob job)
    {
        int adapted = 0;
        int count = job.SlotStep == 0 ? Math.Min(job.Rows, 1) : job.Rows;
        for (int row = 0; row < count; row++)
        {
            int slot = job.Slots[row];
            if (slot < -1 || slot >= job.SlotCount)
            {
                throw new ArgumentException(
                    $"the slot of row {row} is {slot}, but the adapters' table has {job.SlotCount} slots (-1 is the base)");
            }

            if (slot < 0)
            {
                continue;
            }

            int rank = job.RankOf(slot);
            if (rank < 0 || rank > job.Rank)
            {
                throw new ArgumentException(
                    $"the rank of slot {slot} is {rank}, but the adapters' table has room for ranks 0 to {job.Rank}");
            }

            adapted += rank > 0 ? 1 : 0;
        }

        return job.SlotStep == 0 ? adapted * job.Rows : adapted;
    }

    private void ReadShapes(KernelContext context, ref LoraJob job)
    {
        ReadOnlySpan<long> from = context.Input(0).Shape;
        ReadOnlySpan<long> x = context.Input(1).Shape;
        ReadOnlySpan<long> a = context.Input(3).Shape;
        ReadOnlySpan<long> b = context.Input(4).Shape;
        KernelTensor ranks = context.Input(5);
        long rows = RowsOf(from);
        long slots = RowsOf(context.Input(2).Shape) * Last(context.Input(2).Shape);
        long outputs = Last(from);
        if (from.Length == 0 || x.Length == 0 || RowsOf(x) != rows || rows > int.MaxValue)
        {
            throw Unfit("x", x, $"{rows} rows, as base {Text(from)} has");
        }

        if (slots != 1 && slots != rows)
        {
            throw Unfit("slot", context.Input(2).Shape, $"1 number, or one for each of the {rows} rows");
        }

        if (a.Length != 3 || a[1] != Last(x) || a[2] % _parts.Length != 0)
        {
            throw Unfit("A", a, $"[slots, {Last(x)}, a multiple of {_parts.Length}]");
        }

        if (b.Length != 3 || b[0] != a[0] || b[1] != a[2] / _parts.Length || b[2] != outputs)
        {
            throw Unfit("B", b, $"[{a[0]}, {a[2] / _parts.Length}, {outputs}]");
        }

        if (ranks.Exists && (ranks.Shape.Length != 1 || ranks.Shape[0] != a[0]))
        {
            throw Unfit("ranks", ranks.Shape, $"[{a[0]}]");
        }

        long sum = 0;
        foreach (int part in _parts)
        {
            sum += part;
        }

        if (!IsWhole && sum != outputs)
        {
            throw new ArgumentException($"attribute 'parts' adds up to {sum}, but base {Text(from)} has {outputs} outputs");
        }

        job.Rows = (int)rows;
        job.In = (int)Last(x);
        job.Out = (int)outputs;
        job.SlotCount = (int)a[0];
        job.Rank = (int)b[1];
        job.SlotStep = slots == 1 ? 0 : 1;
        job.Ranks = ranks.Exists ? (int*)ranks.Data : null;
    }

    private static long Last(ReadOnlySpan<long> shape) => shape.Length == 0 ? 1 : shape[^1];

    private static long RowsOf(ReadOnlySpan<long> shape)
    {
        long rows = 1;
        for (int axis = 0; axis < shape.Length - 1; axis++)
        {
            rows *= shape[axis];
        }

        return rows;
    }

    private static ArgumentException Unfit(string input, ReadOnlySpan<long> shape, string expected) =>
        new($"input '{input}' is {Text(shape)}, expected {expected}");

    private static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
