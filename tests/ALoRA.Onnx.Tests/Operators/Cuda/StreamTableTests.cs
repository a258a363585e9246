using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class StreamTableTests
{
    [TestMethod]
    public void Of_TheSameStream_GivesTwoKernelsTheSame_UntilBothAreDisposed()
    {
        List<Thing> made = [];
        StreamTable<Thing> table = new(() =>
        {
            Thing thing = new();
            made.Add(thing);
            return thing;
        });
        StreamTable<Thing>.Holder shrink = table.Hold();
        StreamTable<Thing>.Holder expand = table.Hold();
        Thing first = shrink.Of(7);
        Assert.AreSame(first, shrink.Of(7));
        Assert.AreSame(first, expand.Of(7));
        Thing other = shrink.Of(8);
        Assert.AreNotSame(first, other);
        Assert.HasCount(2, made);
        Assert.AreEqual(2, table.Count);
        shrink.Dispose();
        Assert.AreEqual((0, 1), (first.Disposals, other.Disposals));
        expand.Dispose();
        expand.Dispose();
        Assert.AreEqual((1, 1), (first.Disposals, other.Disposals));
        Assert.AreEqual(0, table.Count);

        // A later session may get the same stream's address.
        Assert.AreNotSame(first, table.Hold().Of(7));
    }

    [TestMethod]
    public void Of_AfterTheFirstRun_AllocatesNothing()
    {
        StreamTable<Thing> table = new(() => new Thing());
        StreamTable<Thing>.Holder holder = table.Hold();
        holder.Of(3);
        holder.Of(4);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int run = 0; run < 1000; run++)
        {
            holder.Of(3 + (run % 2));
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Of_ByManyThreads_MakesOneAStream()
    {
        int made = 0;
        StreamTable<Thing> table = new(() =>
        {
            Interlocked.Increment(ref made);
            return new Thing();
        });
        StreamTable<Thing>.Holder holder = table.Hold();
        Parallel.For(0, 200, index => holder.Of(index % 4));
        Assert.AreEqual(4, table.Count);
        Assert.AreEqual(4, made);
        holder.Dispose();
        Assert.AreEqual(0, table.Count);
    }

    private sealed class Thing : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
