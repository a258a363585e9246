using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Tests.Adapters;
using CsCheck;

namespace ALoRA.Onnx.Tests.Caching;

[TestClass]
public sealed class RowProvenanceTests
{
    private static readonly Adapter X = TestAdapter.Create("x");
    private static readonly Adapter Y = TestAdapter.Create("y");

    [TestMethod]
    public void MatchingPrefix_AdapterRowsBehindBaseRows_BaseStopsAtThem()
    {
        RowProvenance rows = new();
        rows.Append(10, null);
        rows.Append(5, X);
        Assert.AreEqual(10, rows.MatchingPrefix(null, 0));
        Assert.AreEqual(15, rows.MatchingPrefix(X, 10));
        Assert.AreEqual(10, rows.MatchingPrefix(Y, 10));
        Assert.AreEqual(8, rows.MatchingPrefix(X, 8));
        Assert.AreEqual(10, rows.MatchingPrefix(X, 12));
        Assert.AreEqual(0, rows.MatchingPrefix(X, 0));
    }

    [TestMethod]
    public void ComputedLength_LoadedRows_EndsAtTheFirstUntilItIsGone()
    {
        RowProvenance rows = new();
        rows.Append(4, null);
        Assert.AreEqual(4, rows.ComputedLength);
        rows.AppendOwn(0);
        rows.Append(1, null);
        Assert.AreEqual(5, rows.ComputedLength);
        rows.AppendOwn(3);
        rows.Append(10, null);
        Assert.AreEqual((5, 18), (rows.ComputedLength, rows.MatchingPrefix(null, 0)));
        Assert.AreEqual(5, rows.Copy(12).ComputedLength);
        rows.Truncate(6);
        rows.AppendOwn(2);
        Assert.AreEqual(5, rows.ComputedLength);
        RowProvenance copy = rows.Copy(5);
        copy.Append(7, null);
        Assert.AreEqual(12, copy.ComputedLength);
        rows.Truncate(2);
        rows.Append(3, null);
        Assert.AreEqual(5, rows.ComputedLength);
    }

    [TestMethod]
    public void AnyHistory_EqualsAListOfWriters()
    {
        Gen<Adapter?> writer = Gen.Int[0, 2].Select(i => new[] { null, X, Y }[i]);
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 9], writer).Array[0, 20].Select(Gen.Select(writer, Gen.Int[0, 40])).Sample((steps, query) =>
        {
            RowProvenance rows = new();
            List<Adapter?> naive = [];
            foreach ((int kind, int count, Adapter? by) in steps)
            {
                if (kind == 0)
                {
                    int length = Math.Min(count * 3, naive.Count);
                    rows.Truncate(length);
                    naive.RemoveRange(length, naive.Count - length);
                }
                else
                {
                    rows.Append(count, by);
                    naive.AddRange(Enumerable.Repeat(by, count));
                }
            }

            Assert.AreEqual(naive.Count, rows.Length);
            (Adapter? adapter, int start) = query;
            int matching = naive.TakeWhile((by, row) => ReferenceEquals(by, adapter is not null && row >= start ? adapter : null)).Count();
            Assert.AreEqual(matching, rows.MatchingPrefix(adapter, start));
            int half = naive.Count / 2;
            Assert.AreEqual(Math.Min(matching, half), rows.Copy(half).MatchingPrefix(adapter, start));
        });
    }
}
