using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators;

/// <summary>One run of one node. Allocates nothing on the managed heap.</summary>
/// <param name="table">The API's table.</param>
/// <param name="context">ONNX Runtime's <c>OrtKernelContext</c>.</param>
internal readonly unsafe ref struct KernelContext(void** table, nint context)
{
    private readonly void** _table = table;
    private readonly nint _context = context;

    /// <summary>The stream of the device that the run's kernels are launched on, such as a <c>CUstream</c>.</summary>
    public nint Stream
    {
        get
        {
            nint stream;
            OrtApi.Check(_table, ((delegate* unmanaged<nint, nint*, nint>)_table[OrtEntry.Stream])(_context, &stream));
            return stream;
        }
    }

    /// <summary>An input.</summary>
    public KernelTensor Input(int index)
    {
        nint value;
        OrtApi.Check(
            _table,
            ((delegate* unmanaged[SuppressGCTransition]<nint, nuint, nint*, nint>)_table[OrtEntry.Input])(
                _context, (nuint)index, &value));
        return new KernelTensor(_table, value);
    }

    /// <summary>Gets memory for an output, or the input's that it takes the place of.</summary>
    public KernelTensor Output(int index, ReadOnlySpan<long> shape)
    {
        nint value;
        fixed (long* sizes = shape)
        {
            OrtApi.Check(
                _table,
                ((delegate* unmanaged<nint, nuint, long*, nuint, nint*, nint>)_table[OrtEntry.Output])(
                    _context, (nuint)index, sizes, (nuint)shape.Length, &value));
        }

        return new KernelTensor(_table, value);
    }

    /// <summary>Calls a method for each task on the session's threads, and comes back when all have ended.</summary>
    /// <param name="body">Gets <paramref name="state"/> and the number of the task.</param>
    /// <param name="tasks">Number of tasks.</param>
    /// <param name="state">What the tasks share.</param>
    /// <remarks>
    /// Tasks may run one after another on one thread, in any order. The first exception of a task is thrown again here, after all others
    /// have ended.
    /// </remarks>
    public void ParallelFor(delegate*<void*, int, void> body, int tasks, void* state)
    {
        ParallelJob job = new() { Body = body, State = state };
        nint status = ((delegate* unmanaged<nint, delegate* unmanaged<void*, nuint, void>, nuint, nuint, void*, nint>)
            _table[OrtEntry.ParallelFor])(_context, &OperatorCallbacks.RunTask, (nuint)tasks, 0, &job);
        if (job.Error != 0)
        {
            GCHandle error = GCHandle.FromIntPtr(job.Error);
            Exception exception = (Exception)error.Target!;
            error.Free();
            ExceptionDispatchInfo.Throw(exception);
        }

        OrtApi.Check(_table, status);
    }

    /// <summary>Tasks that run at once.</summary>
    public struct ParallelJob
    {
        /// <summary>What each does.</summary>
        public delegate*<void*, int, void> Body;

        /// <summary>What they share.</summary>
        public void* State;

        /// <summary>Handle of the first exception; 0 if there is none.</summary>
        public nint Error;
    }
}
