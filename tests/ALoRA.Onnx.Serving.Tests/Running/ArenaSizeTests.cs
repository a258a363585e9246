using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Serving.Running;
using ALoRA.Onnx.Serving.Slots;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Serving.Tests.Running;

[TestClass]
public sealed class ArenaSizeTests
{
    private static readonly KvLayout Layout = new(2, 2, 16, TensorElementType.Float, 32768);

    [TestMethod]
    public void Create_LittleMemory_HasFewerSlots()
    {
        using SlotArena arena = Create(40_000, new EngineOptions());
        Assert.AreEqual(32768, arena.Classes[^1].Capacity);
        Assert.IsLessThanOrEqualTo(40_000, arena.Rows);
    }

    [TestMethod]
    public void Create_LessThanTheLongestContext_HasShorterOnes()
    {
        using SlotArena arena = Create(9_000, new EngineOptions());
        Assert.AreEqual(8192, arena.Classes[^1].Capacity);
    }

    [TestMethod]
    public void Create_LessThanIsAskedFor_Fails()
    {
        Assert.ThrowsExactly<InsufficientMemoryException>(() => Create(9_000, new EngineOptions { MaxContextTokens = 32768 }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => Create(9_000, new EngineOptions
        {
            CacheBytes = 32768 * Layout.BytesPerToken,
        }));
        Assert.ThrowsExactly<InsufficientMemoryException>(() => Create(1_000, new EngineOptions()));
    }

    private static SlotArena Create(long rows, EngineOptions options) => ArenaSize.Create(
        Layout, new SmallMemory(rows * Layout.BytesPerToken), Layout.MaxLength, options, NullLogger.Instance);

    /// <summary>The process's memory, as if there were little of it.</summary>
    private sealed class SmallMemory(long bytes) : TensorMemory
    {
        private long _left = bytes;

        public override bool IsHost => true;

        public override MemoryTensor Allocate(TensorElementType type, params ReadOnlySpan<long> shape)
        {
            long size = ElementTypes.BytesOf(type, shape);
            if (size > _left)
            {
                throw new InsufficientMemoryException();
            }

            _left -= size;
            return new Counted(this, Host.Allocate(type, shape));
        }

        public override MemoryTensor Place(nint address, TensorElementType type, params ReadOnlySpan<long> shape) =>
            Host.Place(address, type, shape);

        public override void Copy(IReadOnlyList<MemoryStretch> stretches) => Host.Copy(stretches);

        public override void Upload(IReadOnlyList<MemoryStretch> stretches) => Host.Upload(stretches);

        public override void Download(IReadOnlyList<MemoryStretch> stretches) => Host.Download(stretches);

        private sealed class Counted(SmallMemory owner, MemoryTensor tensor) : MemoryTensor
        {
            public override Microsoft.ML.OnnxRuntime.OrtValue Value => tensor.Value;

            public override nint Address => tensor.Address;

            public override long Bytes => tensor.Bytes;

            public override void Dispose()
            {
                owner._left += tensor.Bytes;
                tensor.Dispose();
            }
        }
    }
}
