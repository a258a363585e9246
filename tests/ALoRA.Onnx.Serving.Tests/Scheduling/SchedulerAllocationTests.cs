using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

/// <summary>
/// A plan allocates nothing once there were as many requests. Not in parallel: a collection that other threads cause may count.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class SchedulerAllocationTests
{
    private const int Plans = 1_000;

    [TestMethod]
    public void Plan_SteadyState_AllocatesNothing()
    {
        SchedulerSettings settings = new() { MaxHolders = 24 };
        Scheduler scheduler = new(settings);
        TenantShares shares = new();
        StepPlan plan = new();
        ScheduledRequest[] requests = new ScheduledRequest[200];
        string[] names = ["a", "b", "c"];
        for (int i = 0; i < requests.Length; i++)
        {
            requests[i] = Request(i, shares.Enter(names[i % 3]));
        }

        long allocated = 0;
        for (int step = -50; step < Plans; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            SchedulerState state = new(requests, shares.All, step + 50, step % 7 == 0 ? 0 : 4_000);
            scheduler.Plan(state, plan);
            shares.Record(state, plan);
            allocated += step < 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
            Vary(requests, step + 50);
        }

        Assert.AreEqual(0, allocated);
    }

    private static ScheduledRequest Request(int i, int tenant) => new()
    {
        Arrival = i,
        Tenant = tenant,
        Adapter = i % 6,
        Length = 100,
        Computed = i < 24 ? 99 - (i % 4 == 0 ? 60 : i % 12) : 0,
        ActivationStart = 90,
        HeldRows = i < 24 ? 100 : 0,
        MaxNewTokens = 100,
        ArrivalStep = 0,
        LastServed = 0,
    };

    // Some decode, some have no room, some have left.
    private static void Vary(ScheduledRequest[] requests, int step)
    {
        int index = step % 24;
        requests[index] = requests[index] with
        {
            HeldRows = step % 5 == 0 ? 0 : 99 + (step % 2),
            Computed = 99 - (step % 11),
            LastServed = step,
        };
    }
}
