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

    /// <summary>What a cache that grows should ask for.</summary>
    /// <param name="current">Its capacity now; 0 for a new one.</param>
    /// <param name="required">Rows that must fit.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are more than any cache holds.</exception>
    int CapacityFor(int current, int required);

    /// <summary>Buffers for at least <paramref name="capacity"/> rows; given back with <see cref="Return"/>.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    KvBuffers Rent(int capacity);

    /// <summary>Takes buffers back, which the caller may not use any more.</summary>
    void Return(KvBuffers buffers);
}
