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
    public void SharedLength_OwnRows_EndsAtTheFirstUntilItIsGone()
    {
        RowProvenance rows = new();
        rows.Append(4, null);
        Assert.AreEqual(4, rows.SharedLength);
        rows.AppendOwn(0);
        rows.Append(1, null);
        Assert.AreEqual(5, rows.SharedLength);
        rows.AppendOwn(3);
        rows.Append(10, null);
        Assert.AreEqual((5, 18), (rows.SharedLength, rows.MatchingPrefix(null, 0)));
        Assert.AreEqual(5, rows.Copy(12).SharedLength);
        rows.Truncate(6);
        rows.AppendOwn(2);
        Assert.AreEqual(5, rows.SharedLength);
        RowProvenance copy = rows.Copy(5);
        copy.Append(7, null);
        Assert.AreEqual(12, copy.SharedLength);
        rows.Truncate(2);
        rows.Append(3, null);
        Assert.AreEqual(5, rows.SharedLength);
    }

    [TestMethod]
    public void AppendFrom_OwnRowsOnEitherSide_AreOwnAndSoIsWhatStandsBehindThem()
    {
        RowProvenance source = new();
        source.Append(6, null);
        source.AppendOwn(4);
        source.Append(3, X);
        foreach ((int has, int takes, int shared) in new[] { (0, 6, 6), (0, 13, 6), (4, 10, 6), (4, 5, 5), (8, 12, 8) })
        {
            RowProvenance rows = new();
            rows.Append(has, null);
            rows.AppendFrom(source, takes);
            Assert.AreEqual((takes, shared), (rows.Length, rows.SharedLength), $"{has}, {takes}");
            Assert.AreEqual(Math.Min(takes, 10), rows.MatchingPrefix(null, 0));
            Assert.AreEqual(takes, rows.MatchingPrefix(X, 10));
        }

        RowProvenance own = new();
        own.AppendOwn(2);
        own.AppendFrom(source, 6);
        Assert.AreEqual((6, 0), (own.Length, own.SharedLength));
        own.AppendFrom(source, 6);
        Assert.AreEqual(6, own.Length);
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
            RowProvenance copy = rows.Copy(half);
            Assert.AreEqual(Math.Min(matching, half), copy.MatchingPrefix(adapter, start));
            copy.AppendFrom(rows, naive.Count);
            Assert.AreEqual((naive.Count, matching), (copy.Length, copy.MatchingPrefix(adapter, start)));
        });
    }

    /// <summary>
    /// Caches that copy from one another, are rewound, and put rows aside and back, against lists in which each row is a number.
    /// </summary>
    [TestMethod]
    public void CommonLength_RandomCopiesAndRewinds_IsThatOfTheRowsThemselves()
    {
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 12]).Array[1, 60].Sample(steps =>
        {
            const int Caches = 3;
            RowProvenance[] rows = [.. Enumerable.Range(0, Caches).Select(_ => new RowProvenance())];
            List<int>[] naive = [.. Enumerable.Range(0, Caches).Select(_ => new List<int>())];
            int written = 0;
            foreach ((int one, int other, int kind, int count) in steps)
            {
                int length = Math.Max(naive[one].Count - count, 0);
                switch (kind)
                {
                    case 0:
                        rows[one].Truncate(length);
                        naive[one].RemoveRange(length, naive[one].Count - length);
                        break;
                    case 1 when naive[other].Count > naive[one].Count:
                        int taken = count % 2 == 0 ? naive[other].Count : Math.Min(naive[other].Count, naive[one].Count + count);
                        rows[one].AppendFrom(rows[other], taken);
                        naive[one].AddRange(naive[other][naive[one].Count..taken]);
                        break;
                    case 2:
                        RowProvenance aside = rows[one].Copy(naive[one].Count);
                        rows[one].Truncate(length);
                        rows[one].Append(count, X);
                        rows[one] = aside;
                        break;
                    default:
                        rows[one].Append(count, null);
                        naive[one].AddRange(Enumerable.Range(written, count));
                        written += count;
                        break;
                }
            }

            for (int i = 0; i < Caches * Caches; i++)
            {
                (int one, int other) = (i / Caches, i % Caches);
                Assert.AreEqual(
                    naive[one].Zip(naive[other]).TakeWhile(pair => pair.First == pair.Second).Count(), rows[one].CommonLength(rows[other]));
            }
        }, iter: 2_000);
    }
}
