using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Caching.Prefixes;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Caching;

[TestClass]
public sealed class PrefixCacheTests
{
    private static readonly KvLayout Layout = new(Layers: 2, Heads: 3, HeadDim: 4, TensorElementType.Float, MaxLength: 1000);
    private static readonly PrefixIdentity Scoped = new(RowNamespace.Base, "a");

    [TestMethod]
    public void Find_PromptsThatBeginAlike_GivesTheLongestCommonPrefixAndItsRows()
    {
        using PrefixCache prefixes = new(Layout, long.MaxValue);
        int[] first = Ids(200, 1);
        int[] second = [.. first[..70], .. Ids(60, 2)];
        Add(prefixes, first);
        long bytes = prefixes.Bytes;
        Assert.AreEqual(200 * Layout.BytesPerToken, bytes);
        Add(prefixes, second);

        // The full blocks of the common part are there once.
        Assert.AreEqual(bytes + ((130 - 64) * Layout.BytesPerToken), prefixes.Bytes);
        AssertFound(prefixes, first, 200);
        AssertFound(prefixes, second, 130);
        AssertFound(prefixes, [.. first[..70], 999], 70);
        AssertFound(prefixes, [.. first[..45], 999], 45);
        AssertFound(prefixes, [.. second, 1, 2, 3], 130);
        AssertFound(prefixes, [.. second[..129]], 129);
        AssertFound(prefixes, [999, .. first], 0);
        AssertFound(prefixes, [], 0);
    }

    [TestMethod]
    public void Add_LongerOrShorterPrompts_KeepEachRowOnce()
    {
        using PrefixCache prefixes = new(Layout, long.MaxValue);
        int[] ids = Ids(100, 1);
        foreach (int length in new[] { 10, 50, 50, 40, 100, 99, 64, 0 })
        {
            Add(prefixes, ids[..length]);
        }

        Assert.AreEqual(100 * Layout.BytesPerToken, prefixes.Bytes);
        AssertFound(prefixes, ids, 100);
    }

    [TestMethod]
    public void Add_BeyondTheBudget_GivesUpWhatWasNotUsedForLongest()
    {
        using PrefixCache prefixes = new(Layout, 150 * Layout.BytesPerToken);
        int[][] prompts = [Ids(64, 1), Ids(64, 2), Ids(64, 3)];
        Add(prefixes, prompts[0]);
        Add(prefixes, prompts[1]);
        AssertFound(prefixes, prompts[0], 64);
        Add(prefixes, prompts[2]);
        Assert.IsLessThanOrEqualTo(150 * Layout.BytesPerToken, prefixes.Bytes);
        AssertFound(prefixes, prompts[0], 64);
        AssertFound(prefixes, prompts[2], 64);
        AssertFound(prefixes, prompts[1], 0);

        // Of a prompt that is larger than the budget the beginning is kept.
        Add(prefixes, Ids(500, 4));
        Assert.IsLessThanOrEqualTo(150 * Layout.BytesPerToken, prefixes.Bytes);
        AssertFound(prefixes, Ids(500, 4), 128);
    }

    [TestMethod]
    public void FindAndAdd_AgainstANaiveSearch_AgreeOnRandomPrompts()
    {
        using PrefixCache prefixes = new(Layout, long.MaxValue);
        Random random = new(5);
        List<int[]> added = [];
        for (int i = 0; i < 150; i++)
        {
            int[] prompt = [.. Enumerable.Range(0, random.Next(1, 120))
                .Select(position => position < 40 ? random.Next(1, 2 + (position % 40 == 39 ? 2 : 0)) : random.Next(1, 3))];
            int expected = added.Select(other => other.AsSpan().CommonPrefixLength(prompt)).DefaultIfEmpty(0).Max();
            AssertFound(prefixes, prompt, expected);
            Add(prefixes, prompt);
            added.Add(prompt);
        }
    }

    [TestMethod]
    public void FindAndAdd_FromManyThreadsWithASmallBudget_AlwaysGiveTheRightRows()
    {
        using PrefixCache prefixes = new(Layout, 300 * Layout.BytesPerToken);
        int[][] prompts = [.. Enumerable.Range(0, 12).Select(i => (int[])[.. Ids(50 + (7 * (i % 3)), i % 3), .. Ids(60, i)])];
        int found = 0;
        Parallel.For(0, 400, i =>
        {
            // All prompts of a third begin alike. Which rows another thread gave up meanwhile is not known.
            if (i % 2 == 0)
            {
                Add(prefixes, prompts[i % prompts.Length]);
            }

            int[] prompt = prompts[(i + (i % 4 * 3)) % prompts.Length];
            using PrefixMatch match = prefixes.Find(Scoped, prompt);
            AssertRows(match, prompt);
            Interlocked.Add(ref found, match.Length);
        });
        Assert.IsGreaterThan(0, found, "Nothing was ever found, so that no row was compared.");
        Assert.IsLessThanOrEqualTo(300 * Layout.BytesPerToken, prefixes.Bytes);
    }

    [TestMethod]
    public void Dispose_WhileAMatchIsOut_KeepsItsRows()
    {
        PrefixCache prefixes = new(Layout, long.MaxValue);
        int[] ids = Ids(40, 1);
        Add(prefixes, ids);
        PrefixMatch match = prefixes.Find(Scoped, ids);
        prefixes.Dispose();
        Assert.AreEqual(0, prefixes.Bytes);
        AssertRows(match, ids);
        Add(prefixes, ids);
        AssertFound(prefixes, ids, 0);
    }

    [TestMethod]
    public void Find_OtherScopeOrOtherWeights_FindsNothing()
    {
        using PrefixCache prefixes = new(Layout, long.MaxValue);
        int[] ids = Ids(100, 1);
        PrefixIdentity adapted = new(new RowNamespace("00AA", 0), "a");
        Add(prefixes, ids);
        Add(prefixes, ids[..50], adapted);
        AssertFound(prefixes, ids, 100);
        AssertFound(prefixes, ids, 50, adapted);

        // A hash, a name of a scope and a position never stand for each other.
        AssertFound(prefixes, ids, 0, Scoped with { Scope = "b" });
        AssertFound(prefixes, ids, 0, Scoped with { Scope = null });
        AssertFound(prefixes, ids, 0, Scoped with { Scope = "00AA" });
        AssertFound(prefixes, ids, 0, adapted with { Scope = "b" });
        AssertFound(prefixes, ids, 0, adapted with { Namespace = new RowNamespace("00AB", 0) });
        AssertFound(prefixes, ids, 0, adapted with { Namespace = new RowNamespace("00AA", 1) });
        AssertFound(prefixes, ids, 0, adapted with { Namespace = new RowNamespace("a", 0) });
    }

    [TestMethod]
    public void Find_WithoutAScope_FindsWholeBlocksOnly()
    {
        using PrefixCache prefixes = new(Layout, long.MaxValue);
        PrefixIdentity common = new(RowNamespace.Base, Scope: null);
        int[] ids = Ids(100, 1);
        Add(prefixes, ids, common);
        for (int length = 0; length <= 100; length++)
        {
            AssertFound(prefixes, ids[..length], length / PrefixCache.BlockSize * PrefixCache.BlockSize, common);
        }
    }

    [TestMethod]
    public void Find_AcrossScopes_FindsWholeBlocksOfTheSameWeightsOnly()
    {
        using PrefixCache prefixes = new(Layout, long.MaxValue, sharesAcrossScopes: true);
        int[] ids = Ids(100, 1);
        Add(prefixes, ids);
        AssertFound(prefixes, ids, 100);
        AssertFound(prefixes, ids, 96, Scoped with { Scope = "b" });
        AssertFound(prefixes, ids[..95], 64, Scoped with { Scope = null });
        AssertFound(prefixes, ids, 0, Scoped with { Namespace = new RowNamespace("00", 0), Scope = "b" });

        // What a scope has itself is found token by token, unless others have more.
        Add(prefixes, ids[..50], Scoped with { Scope = "c" });
        AssertFound(prefixes, ids[..60], 50, Scoped with { Scope = "c" });
        AssertFound(prefixes, ids, 96, Scoped with { Scope = "c" });
    }

    [TestMethod]
    public void Add_ManyScopes_ShareOneBudgetAndLeaveNothingBehind()
    {
        using PrefixCache prefixes = new(Layout, 200 * Layout.BytesPerToken);
        int[] ids = Ids(90, 1);
        for (int i = 0; i < 50; i++)
        {
            Add(prefixes, ids, Scoped with { Scope = $"scope {i}" });
            Assert.IsLessThanOrEqualTo(200 * Layout.BytesPerToken, prefixes.Bytes);
            AssertFound(prefixes, ids, 90, Scoped with { Scope = $"scope {i}" });
        }

        AssertFound(prefixes, ids, 90, Scoped with { Scope = "scope 48" });
        AssertFound(prefixes, ids, 0, Scoped with { Scope = "scope 40" });
        Assert.AreEqual(2, prefixes.Trees);
    }

    private static int[] Ids(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 900))];
    }

    // The rows of a prompt are made of its ids, so that a wrong row shows.
    private static void Add(PrefixCache prefixes, int[] ids, PrefixIdentity? identity = null)
    {
        using KvCache cache = new(new KvBufferPool(Layout, TensorMemory.Host));
        cache.Reserve(ids.Length);
        for (int row = 0; row < ids.Length; row++)
        {
            foreach ((int layer, bool isValue, int head) in Places())
            {
                float[] values = new float[Layout.HeadDim];
                Array.Fill(values, ValueOf(ids, row, layer, isValue, head));
                cache.WriteRows(layer, isValue, head, row, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
            }
        }

        cache.Advance(ids.Length, null);
        prefixes.Add(identity ?? Scoped, ids, cache);
    }

    private static void AssertFound(PrefixCache prefixes, int[] ids, int expected, PrefixIdentity? identity = null)
    {
        using PrefixMatch match = prefixes.Find(identity ?? Scoped, ids);
        Assert.AreEqual(expected, match.Length);
        AssertRows(match, ids);
    }

    private static void AssertRows(PrefixMatch match, int[] ids)
    {
        using KvCache cache = new(new KvBufferPool(Layout, TensorMemory.Host));
        int from = match.Length / 3;
        cache.Reserve(Math.Max(match.Length, 1));
        match.CopyTo(cache, from);
        for (int row = from; row < match.Length; row++)
        {
            foreach ((int layer, bool isValue, int head) in Places())
            {
                float[] values = new float[Layout.HeadDim];
                cache.ReadRows(layer, isValue, head, row, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
                foreach (float value in values)
                {
                    Assert.AreEqual(ValueOf(ids, row, layer, isValue, head), value, $"row {row}");
                }
            }
        }
    }

    private static IEnumerable<(int Layer, bool IsValue, int Head)> Places() =>
        from layer in Enumerable.Range(0, Layout.Layers)
        from isValue in new[] { false, true }
        from head in Enumerable.Range(0, Layout.Heads)
        select (layer, isValue, head);

    private static float ValueOf(int[] ids, int row, int layer, bool isValue, int head) =>
        (ids[row] * 64) + (layer * 16) + (isValue ? 8 : 0) + head + (row % 2 * 0.5f);
}
