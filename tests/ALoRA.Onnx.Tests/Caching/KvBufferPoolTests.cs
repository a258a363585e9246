using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Caching;

/// <summary>Buffers of caches on a device wait for the next cache; in the process's memory they do not.</summary>
[TestClass]
public sealed class KvBufferPoolTests
{
    private static readonly KvLayout Layout = new(2, 2, 4, TensorElementType.Float, 4096);

    [TestMethod]
    public void Rent_OnADevice_TakesTheSmallestThatFits()
    {
        using KvBufferPool pool = new(Layout, new Device());
        KvBuffers small = pool.Rent(256);
        KvBuffers middle = pool.Rent(512);
        KvBuffers large = pool.Rent(2048);
        pool.Return(large);
        pool.Return(middle);
        pool.Return(small);

        Assert.AreSame(middle, pool.Rent(300));
        Assert.AreSame(small, pool.Rent(200));

        // Buffers of more than twice the size are kept for longer conversations.
        KvBuffers other = pool.Rent(256);
        Assert.AreNotSame(large, other);
        Assert.AreSame(large, pool.Rent(1024));
    }

    [TestMethod]
    public void Return_MoreThanWait_DisposesTheOldestWithItsCompanion()
    {
        using KvBufferPool pool = new(Layout, new Device());
        KvBuffers[] buffers = [.. Enumerable.Range(0, 5).Select(_ => pool.Rent(256))];
        Companion companion = new();
        buffers[0].Companion = companion;
        foreach (KvBuffers given in buffers)
        {
            pool.Return(given);
        }

        Assert.IsTrue(companion.IsDisposed);
        Assert.IsTrue(Enumerable.Range(0, 4).Select(_ => pool.Rent(256)).All(rented => buffers.Skip(1).Contains(rented)));
    }

    [TestMethod]
    public void Rent_MemoryIsShort_FreesWhatWaits()
    {
        Device device = new() { Limit = 2 * 256 * Layout.BytesPerToken };
        using KvBufferPool pool = new(Layout, device);
        KvBuffers first = pool.Rent(256);
        pool.Return(first);
        KvBuffers longer = pool.Rent(512);
        Assert.AreEqual(512, longer.Capacity);
        InsufficientMemoryException exception = Assert.ThrowsExactly<InsufficientMemoryException>(() => pool.Rent(256));
        Assert.Contains("256 tokens", exception.Message);
        Assert.AreEqual(512 * Layout.BytesPerToken, device.Used);
        pool.Return(longer);
    }

    [TestMethod]
    public void Return_ProcessMemoryOrDisposedPool_FreesAtOnce()
    {
        using KvBufferPool host = new(Layout, TensorMemory.Host);
        KvBuffers buffers = host.Rent(256);
        Companion companion = new();
        buffers.Companion = companion;
        host.Return(buffers);
        Assert.IsTrue(companion.IsDisposed);

        Device device = new();
        KvBufferPool pool = new(Layout, device);
        KvBuffers late = pool.Rent(256);
        pool.Return(pool.Rent(256));
        pool.Dispose();
        pool.Return(late);
        Assert.AreEqual(0, device.Used);
    }

    /// <summary>Captured runs multiply rows behind the last one with 0, which is no number if they are none.</summary>
    [TestMethod]
    [DataRow(3)]
    [DataRow(70_000)]
    public unsafe void Rent_OnADeviceWhoseMemoryWasUsedBefore_HoldsZeros(int capacity)
    {
        KvLayout layout = new(2, 2, 8, TensorElementType.Float, 100_000);
        using KvBuffers buffers = new(layout, new Device { Left = byte.MaxValue }, capacity);
        for (int layer = 0; layer < 2; layer++)
        {
            foreach (MemoryTensor tensor in (MemoryTensor[])[buffers.Keys(layer), buffers.Values(layer)])
            {
                Assert.AreEqual(-1, new ReadOnlySpan<byte>((void*)tensor.Address, (int)tensor.Bytes).IndexOfAnyExcept((byte)0));
            }
        }
    }

    private sealed class Companion : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    /// <summary>A device with so much memory, which is the process's.</summary>
    private sealed class Device : TensorMemory
    {
        public long Limit { get; init; } = long.MaxValue;

        /// <summary>What is in memory that is taken.</summary>
        public byte Left { get; init; }

        public long Used { get; private set; }

        public override bool IsHost => false;

        public override MemoryTensor Allocate(TensorElementType type, params ReadOnlySpan<long> shape)
        {
            MemoryTensor tensor = Host.Allocate(type, shape);
            if (Used + tensor.Bytes > Limit)
            {
                tensor.Dispose();
                throw new InsufficientMemoryException("The device is full.");
            }

            Used += tensor.Bytes;
            unsafe
            {
                new Span<byte>((void*)tensor.Address, (int)tensor.Bytes).Fill(Left);
            }

            return new Tensor(this, tensor);
        }

        public override MemoryTensor Place(nint address, TensorElementType type, params ReadOnlySpan<long> shape) =>
            Host.Place(address, type, shape);

        public override void Copy(IReadOnlyList<MemoryStretch> stretches) => Host.Copy(stretches);

        public override void Upload(IReadOnlyList<MemoryStretch> stretches) => Host.Upload(stretches);

        public override void Download(IReadOnlyList<MemoryStretch> stretches) => Host.Download(stretches);

        private sealed class Tensor(Device device, MemoryTensor tensor) : MemoryTensor
        {
            public override Microsoft.ML.OnnxRuntime.OrtValue Value => tensor.Value;

            public override nint Address => tensor.Address;

            public override long Bytes => tensor.Bytes;

            public override void Dispose()
            {
                device.Used -= tensor.Bytes;
                tensor.Dispose();
            }
        }
    }
}
