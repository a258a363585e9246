using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Caching;

/// <summary>Forks that share rows are what copies would be.</summary>
[TestClass]
public sealed class SharedRowsTests
{
    // Rows of which a page has several, and heads that do not end with a page.
    private static readonly KvLayout Layout = new(Layers: 2, Heads: 3, HeadDim: 40, TensorElementType.Float, MaxLength: 1100);

    [TestMethod]
    public void Fork_OfLastingForks_SharesOnceAndFreesWithTheLast()
    {
        using Twin twin = new(600);
        Twin first = twin.Fork(isLasting: true);
        Twin second = twin.Fork(isLasting: true);
        Assert.IsNotNull(first.Cache.Buffers.Shared);
        Assert.AreSame(first.Cache.Buffers.Shared, second.Cache.Buffers.Shared);
        using Twin brief = twin.Fork(isLasting: false);
        Assert.AreSame(first.Cache.Buffers.Shared, brief.Cache.Buffers.Shared);
        Assert.IsNull(twin.Cache.Buffers.Shared);
        first.Dispose();
        second.Dispose();
        brief.Check();
        brief.Dispose();

        using Twin alone = twin.Fork(isLasting: false);
        Assert.IsNull(alone.Cache.Buffers.Shared);
        using Twin again = twin.Fork(isLasting: true);
        Assert.IsNotNull(again.Cache.Buffers.Shared);
        again.Check();
        alone.Check();
    }

    [TestMethod]
    public void Fork_AfterItsRowsChanged_SharesWhatIsThere()
    {
        using Twin twin = new(600);
        using Twin first = twin.Fork(isLasting: true);
        twin.Append(5);
        using Twin second = twin.Fork(isLasting: true);
        Assert.AreSame(first.Cache.Buffers.Shared, second.Cache.Buffers.Shared);
        twin.Rewind(100);
        twin.Append(500);
        using Twin third = twin.Fork(isLasting: true);
        Assert.AreNotSame(first.Cache.Buffers.Shared, third.Cache.Buffers.Shared);
        foreach (Twin each in new[] { twin, first, second, third })
        {
            each.Check();
        }
    }

    [TestMethod]
    public void Fork_FewRows_Copies()
    {
        using Twin twin = new(20);
        using Twin fork = twin.Fork(isLasting: true);
        Assert.IsNull(fork.Cache.Buffers.Shared);
        fork.Check();
    }

    [TestMethod]
    public void AnyProgram_EqualsCopies()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Random random = new(seed);
            List<Twin> twins = [new Twin(random.Next(1, 900))];
            for (int step = 0; step < 60; step++)
            {
                Twin twin = twins[random.Next(twins.Count)];
                switch (random.Next(6))
                {
                    case 0 when twins.Count < 8:
                        twins.Add(twin.Fork(isLasting: random.Next(3) > 0));
                        break;
                    case 1 when twins.Count > 1:
                        twins.Remove(twin);
                        twin.Dispose();
                        break;
                    case 2:
                        twin.Rewind(random.Next(twin.Length + 1));
                        break;
                    case 3:
                        twin.OverwriteAndRestore(random.Next(twin.Length + 1));
                        break;
                    default:
                        twin.Append(Math.Min(random.Next(1, random.Next(3) == 0 ? 300 : 4), Layout.MaxLength - twin.Length));
                        break;
                }

                twin.Rest();
                twins.ForEach(each => each.Check());
            }

            twins.ForEach(each => each.Dispose());
        }
    }

    /// <summary>A cache, and what must be in it.</summary>
    private sealed class Twin : IDisposable
    {
        private readonly List<int> _rows;
        private int _written;
        private bool _disposed;

        public Twin(int length)
            : this(new KvCache(new KvBufferPool(Layout, TensorMemory.Host)), [])
        {
            Append(length);
        }

        private Twin(KvCache cache, List<int> rows)
        {
            Cache = cache;
            _rows = rows;
        }

        public KvCache Cache { get; }

        public int Length => _rows.Count;

        public Twin Fork(bool isLasting) => new(Cache.Fork(isLasting), [.. _rows]) { _written = _written + 100_000 };

        public void Append(int count)
        {
            Cache.Reserve(Length + count);
            Write(Length, [.. Enumerable.Range(0, count).Select(_ => ++_written * 7919)]);
        }

        public void Rewind(int length)
        {
            Cache.Rewind(length);
            _rows.RemoveRange(length, Length - length);
        }

        public void Rest()
        {
            if (!_disposed)
            {
                Cache.Rest();
            }
        }

        public void OverwriteAndRestore(int from)
        {
            int[] saved = [.. _rows];
            using KvRows rows = Cache.Save(from);
            Rewind(from);
            Append(Math.Min(7, Layout.MaxLength - from));
            Check();
            Cache.Rewind(Math.Min(Cache.Length, saved.Length));
            rows.Restore();
            _rows.Clear();
            _rows.AddRange(saved);
        }

        public void Check()
        {
            Assert.AreEqual(Length, Cache.Length);
            int[] row = new int[Layout.HeadDim * Length];
            for (int slice = 0; slice < 2 * Layout.Layers * Layout.Heads && Length > 0; slice++)
            {
                (int tensor, int head) = Math.DivRem(slice, Layout.Heads);
                Cache.ReadRows(tensor / 2, tensor % 2 == 1, head, 0, MemoryMarshal.AsBytes(row.AsSpan()));
                for (int i = 0; i < Length; i++)
                {
                    Assert.IsFalse(row.AsSpan(i * Layout.HeadDim, Layout.HeadDim).ContainsAnyExcept(_rows[i] ^ slice), $"row {i}");
                }
            }
        }

        public void Dispose()
        {
            _disposed = true;
            Cache.Dispose();
        }

        private void Write(int at, int[] values)
        {
            for (int slice = 0; slice < 2 * Layout.Layers * Layout.Heads && values.Length > 0; slice++)
            {
                (int tensor, int head) = Math.DivRem(slice, Layout.Heads);
                int[] row = [.. values.SelectMany(value => Enumerable.Repeat(value ^ slice, Layout.HeadDim))];
                Cache.WriteRows(tensor / 2, tensor % 2 == 1, head, at, MemoryMarshal.AsBytes(row.AsSpan()));
            }

            Cache.Advance(values.Length, null);
            _rows.AddRange(values);
        }
    }
}
