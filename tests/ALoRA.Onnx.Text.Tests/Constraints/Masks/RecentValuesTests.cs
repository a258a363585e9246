using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Text.Tests.Constraints.Masks;

[TestClass]
public sealed class RecentValuesTests
{
    [TestMethod]
    [Timeout(60_000)]
    public void Get_OneSlowKeyAndManyThreads_OthersAreServedAndEachIsMadeOnce()
    {
        const int Threads = 32;
        RecentValues<string> values = new(64);
        using ManualResetEventSlim gate = new();
        using CountdownEvent asking = new(Threads);
        int slowMade = 0;
        int quickMade = 0;
        string[] found = new string[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            asking.Signal();
            found[i] = values.Get("slow", () =>
            {
                gate.Wait();
                return $"slow {Interlocked.Increment(ref slowMade)}";
            });
        })
        {
            // A failed test must not keep the process.
            IsBackground = true,
        })];
        Array.ForEach(threads, thread => thread.Start());
        asking.Wait();

        // The gate is closed: what is given now did not wait for the slow value.
        string first = values.Get("quick", () => $"quick {++quickMade}");
        string second = values.Get("quick", () => $"quick {++quickMade}");
        Assert.AreEqual(0, slowMade);
        gate.Set();
        Array.ForEach(threads, thread => thread.Join());

        Assert.AreEqual("quick 1", first);
        Assert.AreSame(first, second);
        Assert.IsTrue(Array.TrueForAll(found, value => ReferenceEquals(value, found[0])));
        Assert.AreEqual("slow 1", found[0]);
    }

    [TestMethod]
    public void Get_ValueThatCannotBeMade_IsTriedAgain()
    {
        RecentValues<string> values = new(2);

        Assert.ThrowsExactly<FormatException>(() => values.Get("a", () => throw new FormatException()));

        Assert.AreEqual("made", values.Get("a", () => "made"));
    }

    [TestMethod]
    public void Get_MoreThanTheCapacity_LeavesOutTheOneNotAskedForLongest()
    {
        RecentValues<string> values = new(2);
        int made = 0;
        string Get(string key) => values.Get(key, () => $"{key}{++made}");

        Assert.AreEqual("a1", Get("a"));
        Assert.AreEqual("b2", Get("b"));
        Assert.AreEqual("a1", Get("a"));
        Assert.AreEqual("c3", Get("c"));

        Assert.AreEqual("a1", Get("a"));
        Assert.AreEqual("b4", Get("b"));
    }
}
