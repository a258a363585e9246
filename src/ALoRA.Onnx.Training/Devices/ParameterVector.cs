using System.Buffers;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>
/// One number for each trained weight, all tensors in one vector: the optimizer reads it whole, the training graph tensor by tensor. What
/// lies between two tensors is zero and stays so. The caller disposes it.
/// </summary>
internal sealed class ParameterVector : IDisposable
{
    private readonly TensorMemory _memory;
    private readonly VectorLayout _layout;
    private readonly List<MemoryTensor> _parts = [];

    /// <summary>Allocates zeros.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public ParameterVector(TensorMemory memory, VectorLayout layout)
    {
        _memory = memory;
        _layout = layout;
        Whole = memory.Allocate(TensorElementType.Float, layout.Length);
        memory.Clear([Whole]);
        for (int i = 0; i < layout.Shapes.Count; i++)
        {
            _parts.Add(memory.Place(AddressOf(i), TensorElementType.Float, layout.Shapes[i]));
        }
    }

    /// <summary>All of it, <c>[length]</c>.</summary>
    public MemoryTensor Whole { get; }

    /// <summary>Each tensor, in its shape.</summary>
    public IReadOnlyList<MemoryTensor> Parts => _parts;

    /// <summary>Takes numbers out of the process's memory.</summary>
    public void Write(IReadOnlyList<float[]> tensors) =>
        Move(tensors, (host, at, bytes) => new MemoryStretch(host, at, bytes), _memory.Upload);

    /// <summary>Copies the numbers into the process's memory.</summary>
    public void Read(IReadOnlyList<float[]> tensors) =>
        Move(tensors, (host, at, bytes) => new MemoryStretch(at, host, bytes), _memory.Download);

    /// <inheritdoc/>
    public void Dispose()
    {
        _parts.ForEach(part => part.Dispose());
        Whole.Dispose();
    }

    private nint AddressOf(int tensor) => (nint)(Whole.Address + (_layout.Offsets[tensor] * sizeof(float)));

    private unsafe void Move(
        IReadOnlyList<float[]> tensors, Func<nint, nint, long, MemoryStretch> stretch, Action<IReadOnlyList<MemoryStretch>> copy)
    {
        List<MemoryHandle> pinned = [];
        try
        {
            List<MemoryStretch> stretches = [];
            for (int i = 0; i < tensors.Count; i++)
            {
                MemoryHandle handle = tensors[i].AsMemory().Pin();
                pinned.Add(handle);
                stretches.Add(stretch((nint)handle.Pointer, AddressOf(i), (long)tensors[i].Length * sizeof(float)));
            }

            copy(stretches);
        }
        finally
        {
            pinned.ForEach(handle => handle.Dispose());
        }
    }
}
