using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>Where caches get their buffers.</summary>
internal interface IKvBufferSource
{
    /// <summary>What a cache looks like.</summary>
    KvLayout Layout { get; }

    /// <summary>Where buffers live.</summary>
    TensorMemory Memory { get; }

    /// <summary>Whether forks of a cache may lie elsewhere and share pages with it.</summary>
    bool AllowsSharedPages { get; }

    /// <summary>Buffers for at least <paramref name="capacity"/> rows; given back with <see cref="Return"/>.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    KvBuffers Rent(int capacity);

    /// <summary>Takes buffers back, which the caller may not use any more.</summary>
    void Return(KvBuffers buffers);
}
