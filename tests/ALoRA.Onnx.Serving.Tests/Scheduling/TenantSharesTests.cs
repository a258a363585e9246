using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

[TestClass]
public sealed class TenantSharesTests
{
    [TestMethod]
    public void Enter_Newcomer_BeginsWhereTheLeastServedStands()
    {
        TenantShares shares = new();
        int a = shares.Enter("a");
        Compute(shares, a, 100);
        int b = shares.Enter("b");
        Compute(shares, b, 50);
        Assert.AreEqual(100, shares.All[a].Time);
        Assert.AreEqual(150, shares.All[b].Time);
        Assert.AreEqual(100, shares.All[shares.Enter(null)].Time);
    }

    [TestMethod]
    public void Enter_TenantThatComesBack_KeepsWhatItHasHad()
    {
        TenantShares shares = new();
        int a = shares.Enter("a");
        int b = shares.Enter("b");
        Compute(shares, b, 500);
        shares.Leave("b");
        Compute(shares, a, 200);
        Assert.AreEqual(500, shares.All[shares.Enter("b")].Time);
        shares.Leave("b");
        Compute(shares, a, 400);
        Assert.AreEqual(600, shares.All[shares.Enter("b")].Time);
    }

    [TestMethod]
    public void Enter_AllWereAway_BeginsAnew()
    {
        TenantShares shares = new();
        Compute(shares, shares.Enter("a"), 500);
        shares.Leave("a");
        Assert.AreEqual(0, shares.All[shares.Enter("a")].Time);
    }

    [TestMethod]
    public void Enter_ManyAtATime_EachHasAnIndexOfItsOwn()
    {
        TenantShares shares = new();
        string[] names = [.. Enumerable.Range(0, 50).Select(i => $"t{i}")];
        CollectionAssert.AllItemsAreUnique(names.Select(name => shares.Enter(name)).ToArray());
        Assert.AreEqual(shares.Enter("t7"), shares.Enter("t7"));
        foreach (string name in names[10..30])
        {
            for (int i = name == "t7" ? 3 : 1; i > 0; i--)
            {
                shares.Leave(name);
            }
        }

        int[] indices = [.. names[..10].Concat(names[30..]).Concat(Enumerable.Range(0, 20).Select(i => $"u{i}")).Select(shares.Enter)];
        CollectionAssert.AllItemsAreUnique(indices);
        Assert.IsLessThan(50, indices.Max());
    }

    private static void Compute(TenantShares shares, int tenant, int rows)
    {
        ScheduledRequest request = new()
        {
            Arrival = 0,
            Tenant = tenant,
            Length = rows,
            Computed = 0,
            HeldRows = rows,
            MaxNewTokens = 1,
            ArrivalStep = 0,
            LastServed = 0,
        };
        shares.Record(new SchedulerState([request], shares.All, 1, 0), new StepPlan { ChunkRequest = 0, ChunkTokens = rows });
    }
}
