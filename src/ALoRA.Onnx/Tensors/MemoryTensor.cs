using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Tensors;

/// <summary>A tensor in memory of its own that is bound to graphs; its address and shape never change.</summary>
internal abstract class MemoryTensor : IDisposable
{
    /// <summary>The view that is bound; owned by this object.</summary>
    public abstract OrtValue Value { get; }

    /// <summary>Address of the first byte, in the memory that it was allocated in.</summary>
    public abstract nint Address { get; }

    /// <summary>Size in bytes.</summary>
    public abstract long Bytes { get; }

    /// <inheritdoc/>
    public abstract void Dispose();
}
