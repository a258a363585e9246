using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>
/// A node of <see cref="SlotAttention"/>: checks a run, writes the new keys and values, and divides the rest among threads.
/// </summary>
internal sealed unsafe class SlotAttentionKernel : OperatorKernel
{
    private const int MostTasks = 64;

    // Pieces for each thread, so that one that comes late has less to do.
    private const int PiecesOfThread = 6;

    // Less than that is done before another thread has woken up.
    private const long ProductsOfTask = 65_536;

    private readonly int _threads;
    private readonly ScratchPool _scratch;
    private readonly int _heads;
    private readonly int _keyHeads;
    private readonly int _window;
    private readonly float _scale;
    private readonly float _softCap;

    /// <summary>Reads the attributes.</summary>
    /// <param name="info">The node.</param>
    /// <param name="scratch">Memory for a run.</param>
    public SlotAttentionKernel(KernelInfo info, ScratchPool scratch)
    {
        _threads = Math.Min(info.Threads, MostTasks);
        _scratch = scratch;
        long[] heads = info.Integers("heads");
        if (heads is not [>= 1 and <= int.MaxValue, >= 1 and <= int.MaxValue] || heads[0] % heads[1] != 0)
        {
            throw new ArgumentException(
                $"attribute 'heads' is [{string.Join(", ", heads)}], "
                + "expected a number of heads of queries and one of keys that divides it");
        }

        _heads = (int)heads[0];
        _keyHeads = (int)heads[1];
        long[] window = info.Integers("window");
        if (window.Length > 1 || window is [< 1])
        {
            throw new ArgumentException($"attribute 'window' is [{string.Join(", ", window)}], expected a number of positions above 0");
        }

        _window = window is [long positions] ? (int)Math.Min(positions, int.MaxValue) : int.MaxValue;
        _scale = info.Floats("scale") is [float scale]
            ? scale
            : throw new ArgumentException("attribute 'scale' is missing, expected a number that scores are multiplied by");
        float[] cap = info.Floats("softcap");
        _softCap = cap.Length == 0 ? 0 : cap is [> 0] ? cap[0]
            : throw new ArgumentException($"attribute 'softcap' is [{string.Join(", ", cap)}], expected a number above 0");
    }

    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor query = context.Input(0);

        // What is not seen scores minus infinity, and 0 times that is no number.
        float scale = Math.Max(Math.Abs(_scale), float.Epsilon);
        AttentionJob job = new() { Heads = _heads, KeyHeads = _keyHeads, Window = _window, Scale = scale, SoftCap = _softCap };
        SlotAttentionInputs inputs = SlotAttentionInputs.Read(context, ref job);
        job.Y = (float*)context.Output(0, query.Shape).Data;
        if (job.Rows == 0)
        {
            return;
        }

        long products = 0;
        for (int row = 0; row < job.Rows; row++)
        {
            inputs.Check(job, row);
            products += (job.Positions[row] + 1 - job.FirstOf(row)) * 2 * _heads * job.Size;
        }

        int tasks = (int)Math.Clamp(products / ProductsOfTask, 1, _threads);
        job.Pieces = Pieces(job, tasks);
        long orderBytes = (((long)job.Rows * sizeof(int)) + 63) & ~63L;
        long queryBytes = (((long)job.Rows * _heads * job.Size * sizeof(float)) + 63) & ~63L;
        job.TaskBytes = (AttentionJob.BytesOfTask(job.Size) + 63) & ~63L;
        byte* scratch = _scratch.Take(orderBytes + queryBytes + (tasks * job.TaskBytes));
        try
        {
            job.Order = (int*)scratch;
            job.Queries = (float*)(scratch + orderBytes);
            job.Scratch = scratch + orderBytes + queryBytes;
            Order(job);
            Run(context, inputs, &job, tasks);
        }
        finally
        {
            _scratch.Return(scratch);
        }
    }

    private void Run(KernelContext context, in SlotAttentionInputs inputs, AttentionJob* job, int tasks)
    {
        delegate*<void*, int, void> body;
        if (Lanes16.IsSupported)
        {
            inputs.WriteRows<Lanes16, Vector512<float>>(job, MathF.CopySign(1, _scale));
            body = &AttentionTasks<Lanes16, Vector512<float>>.Run;
        }
        else if (Lanes8.IsSupported)
        {
            inputs.WriteRows<Lanes8, Vector256<float>>(job, MathF.CopySign(1, _scale));
            body = &AttentionTasks<Lanes8, Vector256<float>>.Run;
        }
        else
        {
            inputs.WriteRows<Lanes4, Vector128<float>>(job, MathF.CopySign(1, _scale));
            body = &AttentionTasks<Lanes4, Vector128<float>>.Run;
        }

        if (tasks == 1)
        {
            body(job, 0);
        }
        else
        {
            context.ParallelFor(body, tasks, job);
        }
    }

    // Whole numbers of pieces for each thread, and none too large for a task's memory.
    private static int Pieces(in AttentionJob job, int tasks)
    {
        int queries = job.Rows * job.Group;
        int wanted = tasks == 1 ? 1 : ((PiecesOfThread * tasks) + job.KeyHeads - 1) / job.KeyHeads;
        int fewest = (queries + AttentionJob.MostQueries - 1) / AttentionJob.MostQueries;
        return Math.Max(Math.Min(wanted, queries), fewest);
    }

    // Rows that read the same slot first stand together, and among them those of one slot; mostly they do so already.
    private static void Order(in AttentionJob job)
    {
        for (int row = 0; row < job.Rows; row++)
        {
            int place = row;
            while (place > 0 && IsBefore(job, row, job.Order[place - 1]))
            {
                job.Order[place] = job.Order[place - 1];
                place--;
            }

            job.Order[place] = row;
        }
    }

    private static bool IsBefore(in AttentionJob job, int row, int other)
    {
        int byFirst = job.SourceOf(row, 0, out _).CompareTo(job.SourceOf(other, 0, out _));
        int order = byFirst != 0 ? byFirst : job.Slots[row].Offset.CompareTo(job.Slots[other].Offset);
        return order != 0 ? order < 0 : job.Positions[row] < job.Positions[other];
    }
}
