using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Caching;

[TestClass]
public sealed class KvCacheTests
{
    private static readonly KvLayout Layout = new(Layers: 2, Heads: 3, HeadDim: 4, TensorElementType.Float, MaxLength: 1000);

    [TestMethod]
    public void Reserve_BeyondCapacity_KeepsTheValidRows()
    {
        using KvCache cache = Filled(100);
        int version = cache.Version;
        cache.Reserve(300);
        Assert.AreEqual(512, cache.Capacity);
        Assert.AreNotEqual(version, cache.Version);
        AssertRows(cache, 0, 100);
    }

    [TestMethod]
    public void Reserve_WithinCapacity_ReplacesNothing()
    {
        using KvCache cache = Filled(100);
        int version = cache.Version;
        cache.Reserve(256);
        Assert.AreEqual(version, cache.Version);
    }

    [TestMethod]
    public void Fork_RewoundCache_CopiesValidRowsOnly()
    {
        using KvCache cache = Filled(400);
        cache.Rewind(120);
        using KvCache fork = cache.Fork();
        Assert.AreEqual(120, fork.Length);
        Assert.AreEqual(256, fork.Capacity);
        AssertRows(fork, 0, 120);
        Clear(cache);
        AssertRows(fork, 0, 120);
    }

    [TestMethod]
    public void TakeRows_CacheOfAnotherPoolAndCapacity_CopiesThoseBehindItsOwn()
    {
        using KvCache source = Filled(700);
        source.Rewind(600);
        using KvCache cache = Filled(50);
        Clear(source, to: 50);
        cache.TakeRows(source, 300);
        Clear(source, 50);
        Assert.AreEqual((300, 512), (cache.Length, cache.Capacity));
        AssertRows(cache, 0, 300);
        cache.TakeRows(source, 300);
        Assert.AreEqual(300, cache.Length);

        using KvCache empty = new(new KvBufferPool(Layout, TensorMemory.Host));
        empty.TakeRows(cache, 120);
        Assert.AreEqual(120, empty.Length);
        AssertRows(empty, 0, 120);
    }

    [TestMethod]
    public void Restore_RowsOverwrittenAndCacheGrown_PutsThemBack()
    {
        using KvCache cache = Filled(200);
        using KvRows saved = cache.Save(150);
        cache.Rewind(150);
        Clear(cache, 150);
        cache.Advance(10, null);
        cache.Reserve(900);
        saved.Restore();
        Assert.AreEqual(200, cache.Length);
        AssertRows(cache, 0, 200);
    }

    [TestMethod]
    public void Clear_SomeRows_MakesThemZeroAndNoOthers()
    {
        using KvCache cache = Filled(100);
        cache.Clear(40, 60);
        cache.Clear(90, 90);
        AssertRows(cache, 0, 40);
        AssertRows(cache, 60, 100);
        float[] values = new float[20 * Layout.HeadDim];
        Array.Fill(values, 1);
        cache.ReadRows(1, isValue: true, 2, 40, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        Assert.IsTrue(values.All(value => value == 0));
    }

    [TestMethod]
    public void Bytes_KnownLayout_CountsKeysAndValues()
    {
        using KvCache cache = Filled(1);
        Assert.AreEqual(2L * 2 * 3 * 256 * 4 * sizeof(float), cache.Bytes);
    }

    private static KvCache Filled(int length)
    {
        KvCache cache = new(new KvBufferPool(Layout, TensorMemory.Host));
        cache.Reserve(length);
        cache.Advance(length, null);
        ForEach(cache, 0, length, (span, expected) => span.Fill(expected));
        return cache;
    }

    private static void Clear(KvCache cache, int from = 0, int? to = null) =>
        ForEach(cache, from, to ?? cache.Capacity, (span, _) => span.Fill(float.NaN));

    private static void AssertRows(KvCache cache, int from, int to) =>
        ForEach(
            cache, from, to,
            (span, expected) => Assert.IsTrue(
                span.IndexOfAnyExcept(expected) < 0, $"expected {expected}, got {string.Join(", ", span.ToArray())}"));

    private delegate void RowAction(Span<float> row, float expected);

    private static void ForEach(KvCache cache, int from, int to, RowAction action)
    {
        for (int layer = 0; layer < Layout.Layers; layer++)
        {
            for (int kind = 0; kind < 2; kind++)
            {
                Span<float> values = (kind == 0 ? cache.Buffers.Keys(layer) : cache.Buffers.Values(layer))
                    .Value.GetTensorMutableDataAsSpan<float>();
                for (int head = 0; head < Layout.Heads; head++)
                {
                    for (int row = from; row < to; row++)
                    {
                        action(
                            values.Slice(((head * cache.Capacity) + row) * Layout.HeadDim, Layout.HeadDim),
                            (((((layer * 2) + kind) * 8) + head) * 2048) + row);
                    }
                }
            }
        }
    }
}
