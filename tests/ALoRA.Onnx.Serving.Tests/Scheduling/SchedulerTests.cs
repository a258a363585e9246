using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

[TestClass]
public sealed class SchedulerTests
{
    private const int Step = 100;

    [TestMethod]
    public void Plan_NothingThere_IsEmpty() => Assert.IsTrue(Plan(new SchedulerSettings(), 100).IsEmpty);

    [TestMethod]
    public void Plan_LonePrompt_GetsTheWholeCap()
    {
        StepPlan plan = Plan(new SchedulerSettings { MaxChunk = 300, StepMilliseconds = 1 }, 0, Running(1_000, 10));
        Assert.AreEqual((0, 300), (plan.ChunkRequest, plan.ChunkTokens));
        Assert.IsEmpty(plan.Rows);
    }

    [TestMethod]
    public void Plan_PromptBesideADecode_KeepsToTheTime()
    {
        // One row 20 ms, a chunk 20 + 2.004 ms a token behind the first: 180 ms are left.
        SchedulerSettings settings = new() { StepMilliseconds = 200 };
        StepPlan plan = Plan(settings, 0, Running(50, 49), Running(1_000, 10));
        Assert.AreEqual((1, 80), (plan.ChunkRequest, plan.ChunkTokens));
        Assert.IsLessThanOrEqualTo(200, plan.ExpectedMilliseconds);
        Assert.AreEqual(40, Plan(settings, chunkFactor: 1.8, 0, Running(50, 49), Running(1_000, 10)).ChunkTokens);
        Assert.AreEqual(16, Plan(settings with { StepMilliseconds = 1 }, 0, Running(50, 49), Running(1_000, 10)).ChunkTokens);
    }

    [TestMethod]
    public void Plan_PromptWithActivation_ComputesBaseRowsFirst()
    {
        ScheduledRequest adapted = Running(100, 0) with { Adapter = 1, ActivationStart = 90 };
        StepPlan plan = Plan(new SchedulerSettings(), 0, adapted);
        Assert.AreEqual((90, false), (plan.ChunkTokens, plan.IsChunkAdapted));
        plan = Plan(new SchedulerSettings(), 0, adapted with { Computed = 90 });
        Assert.AreEqual((10, true), (plan.ChunkTokens, plan.IsChunkAdapted));
    }

    [TestMethod]
    public void Plan_ShortRestsWhileAPromptHasTheChunk_GoTokenByToken()
    {
        SchedulerSettings settings = new() { ShortPrompts = 0 };
        StepPlan plan = Plan(settings, 0, Running(50, 49), Running(1_000, 10), Running(60, 52), Running(60, 51));
        Assert.AreEqual(1, plan.ChunkRequest);
        CollectionAssert.AreEquivalent(new[] { 0, 2 }, plan.Rows);
        Assert.IsEmpty(Plan(settings, 0, Running(1_000, 10), Running(60, 52)).Rows, "Nobody decodes.");
        Assert.AreEqual(1, Plan(settings, 0, Running(50, 49), Running(60, 52)).ChunkRequest, "The chunk is free.");
    }

    [TestMethod]
    public void Plan_AnyRowsShareARun_ShortPromptsAreInThatOfTheDecodeRows()
    {
        SchedulerSettings settings = new() { IsOneRun = true, StepMilliseconds = 1_000 };
        ScheduledRequest question = Running(60, 40) with { Adapter = 1, ActivationStart = 50 };
        StepPlan plan = Plan(settings, 0, Running(50, 49), question, Running(1_000, 10), Running(70, 60), question);
        CollectionAssert.AreEqual(new[] { 0, 1, 3, 4 }, plan.Rows);
        CollectionAssert.AreEqual(new[] { 1, 20, 10, 20 }, plan.Tokens);
        Assert.AreEqual(new DecodeRun(0, 4, IsAdapted: true), plan.Runs.Single());
        Assert.AreEqual(2, plan.ChunkRequest, "A long prompt has a run of its own.");

        // 64 rows in all: of the last question what is left. Nobody decodes, so that there is no time to keep to.
        plan = Plan(settings with { StepMilliseconds = 1 }, 0, question, question, question, question);
        CollectionAssert.AreEqual(new[] { 20, 20, 20, 4 }, plan.Tokens);
        Assert.AreEqual(
            (0, 10), (Plan(settings, 0, question).ChunkRequest, Plan(settings, 0, question).ChunkTokens), "Alone it is a chunk.");
    }

    [TestMethod]
    public void Plan_ShortPromptsInASharedRun_KeepToTheTimeAndGoOnInAnyCase()
    {
        // 20 ms and 2 ms a row behind the first: 16 rows are 50 ms, 31 are 80.
        SchedulerSettings settings = new() { IsOneRun = true, StepMilliseconds = 80, MinChunk = 4 };
        CollectionAssert.AreEqual(new[] { 1, 30 }, Plan(settings, 0, Running(50, 49), Running(60, 20)).Tokens);
        CollectionAssert.AreEqual(
            new[] { 1, 4, 1 }, Plan(settings with { StepMilliseconds = 1 }, 0, Running(50, 49), Running(60, 40), Running(60, 40)).Tokens);
    }

    [TestMethod]
    public void Plan_SharedRunBeyondTheAdapters_StopsBeforeTheActivation()
    {
        SchedulerSettings settings = new() { IsOneRun = true, MaxAdapters = 1 };
        ScheduledRequest question = Running(60, 40) with { Adapter = 2, ActivationStart = 50 };
        StepPlan plan = Plan(settings, 0, Running(50, 49) with { Adapter = 1 }, question, question with { ActivationStart = 40 });
        CollectionAssert.AreEqual(new[] { 0, 1 }, plan.Rows);
        CollectionAssert.AreEqual(new[] { 1, 10 }, plan.Tokens);
    }

    [TestMethod]
    public void Plan_ShortPromptBesideALongOne_GoesFirstForSomeSteps()
    {
        SchedulerSettings settings = new() { ShortPrompts = 3 };
        ScheduledRequest later = Running(200, 0);
        Assert.AreEqual(1, Plan(settings, 0, Running(9_000, 10) with { LastServed = Step - 3 }, later).ChunkRequest);
        Assert.AreEqual(0, Plan(settings, 0, Running(9_000, 10) with { LastServed = Step - 4 }, later).ChunkRequest);
    }

    [TestMethod]
    public void Plan_TwoRunsOfOneAreCheaper_SplitsRows()
    {
        // int4 as it was measured: one row 34 ms, two 90, four 100.
        StepCosts int4 = new(
            new CostCurve([new(1, 34), new(2, 90), new(4, 100), new(8, 124)]), new CostCurve([new(1, 40), new(8, 150)]),
            new CostCurve([new(1, 34), new(64, 400)]));
        SchedulerSettings settings = new() { Costs = int4 };
        StepPlan plan = Plan(settings, 0, Running(5, 4), Running(5, 4));
        CollectionAssert.AreEqual(new DecodeRun[] { new(0, 1, false), new(1, 1, false) }, plan.Runs);
        Assert.AreEqual(68, plan.ExpectedMilliseconds, 1e-9);
        Assert.HasCount(1, Plan(settings, 0, Running(5, 4), Running(5, 4), Running(5, 4), Running(5, 4)).Runs);
    }

    [TestMethod]
    [DataRow(60, 130, 1, 90, DisplayName = "riding is cheaper")]
    [DataRow(20, 130, 2, 80, DisplayName = "a run of their own is cheaper")]
    public void Plan_BaseRowBesideAdaptedOne_TakesTheCheaperWay(double baseRow, double four, int runs, double expected)
    {
        StepCosts costs = new(
            new CostCurve([new(1, baseRow)]), new CostCurve([new(1, 60), new(2, 90), new(4, four)]), StepCosts.Assumed.Chunks);
        StepPlan plan = Plan(
            new SchedulerSettings { Costs = costs }, 0, Running(5, 4), Running(5, 4) with { Adapter = 3, ActivationStart = 2 });
        Assert.HasCount(runs, plan.Runs);
        Assert.AreEqual(expected, plan.ExpectedMilliseconds, 1e-9);
        CollectionAssert.AreEqual(runs == 1 ? new[] { 1, 0 } : [0, 1], plan.Rows);
    }

    [TestMethod]
    public void Plan_RowsBeforeAnActivation_AreInARunOfTheBase()
    {
        StepPlan plan = Plan(
            new SchedulerSettings { ShortRun = 8, ShortPrompts = 0 },
            0,
            Running(5, 4) with { Adapter = 1 },
            Running(900, 4),
            Running(9, 4) with { Adapter = 2, ActivationStart = 6 });
        Assert.HasCount(2, plan.Runs);
        Assert.AreEqual(new DecodeRun(0, 1, false), plan.Runs[0]);
        Assert.AreEqual(2, plan.Rows[0]);
    }

    [TestMethod]
    public void Plan_MoreRowsThanAllowed_ServesThoseThatWaitedLongest()
    {
        ScheduledRequest[] requests = [.. Enumerable.Range(0, 6).Select(i => Running(5, 4) with { LastServed = Step - 1 - (i % 3) })];
        StepPlan plan = Plan(new SchedulerSettings { MaxRows = 2 }, 0, requests);
        CollectionAssert.AreEquivalent(new[] { 2, 5 }, plan.Rows);
    }

    [TestMethod]
    public void Plan_MoreAdaptersThanAllowed_TakesOthersNextTime()
    {
        ScheduledRequest[] requests = [.. Enumerable.Range(0, 6).Select(i => Running(5, 4) with { Adapter = (i % 3) + 1, LastServed = i })];
        StepPlan plan = Plan(new SchedulerSettings { MaxAdapters = 2 }, 0, requests);
        CollectionAssert.AreEqual(new[] { 0, 3, 1, 4 }, plan.Rows, "Rows of an adapter stand together.");
        requests = [.. requests.Select((request, i) => plan.Rows.Contains(i) ? request with { LastServed = Step } : request)];
        Assert.Contains(2, Plan(new SchedulerSettings { MaxAdapters = 2 }, 0, requests).Rows);
    }

    [TestMethod]
    public void Plan_SlowReader_KeepsItsSlotAndComputesNothing()
    {
        StepPlan plan = Plan(
            new SchedulerSettings { MaxHolders = 2 }, 100, Running(5, 4) with { IsParked = true }, Waiting(10), Waiting(10));
        CollectionAssert.AreEqual(new[] { 1 }, plan.Admitted);
        Assert.IsEmpty(plan.Rows);
    }

    [TestMethod]
    public void Plan_NoRoomForARow_PreemptsTheYoungest()
    {
        ScheduledRequest full = Running(64, 63) with { HeldRows = 63 };
        SchedulerSettings settings = new() { RowGrain = 1 };
        StepPlan plan = Plan(settings, 0, full, Running(30, 29), Running(20, 10) with { IsParked = true }, Waiting(3));
        CollectionAssert.AreEqual(new[] { 2 }, plan.Preempted);
        Assert.IsEmpty(plan.Admitted);
        CollectionAssert.AreEquivalent(new[] { 0, 1 }, plan.Rows);

        plan = Plan(settings, 0, Running(30, 29), full);
        CollectionAssert.AreEqual(new[] { 1 }, plan.Preempted, "It is the youngest itself.");
        Assert.IsEmpty(Plan(settings, 1, full, Running(30, 29)).Preempted, "There is room.");
    }

    // An engine refuses what is longer than all rows that there are, so that this is a fault of the engine's. It does not spin.
    [TestMethod]
    public void Plan_NoRoomForTheOnlyOne_KeepsIt()
    {
        StepPlan plan = new();
        new Scheduler(new SchedulerSettings()).Plan(
            new SchedulerState([Running(64, 63) with { HeldRows = 63 }], [new(0, 0)], Step, 0), plan);
        Assert.IsEmpty(plan.Preempted);
        Assert.IsTrue(plan.IsEmpty);
    }

    [TestMethod]
    public void Plan_SamePrefixAsARunningOne_WaitsForItsRows()
    {
        ScheduledRequest second = Waiting(500) with { PrefixOf = 0, PrefixRows = 400 };
        SchedulerSettings settings = new();
        Assert.IsEmpty(Plan(settings, 5_000, Running(500, 399), second).Admitted);
        CollectionAssert.AreEqual(new[] { 1 }, Plan(settings, 5_000, Running(500, 400), second).Admitted);
        CollectionAssert.AreEqual(
            new[] { 1 }, Plan(settings, 5_000, Running(500, 399) with { IsParked = true }, second).Admitted, "The first rests.");
        CollectionAssert.AreEqual(new[] { 0 }, Plan(settings, 5_000, Waiting(500), second).Admitted, "The first is only admitted.");
    }

    [TestMethod]
    public void Plan_SamePrefixAsOneThatWaitsForItInTurn_WaitsToo()
    {
        ScheduledRequest second = Waiting(500) with { PrefixOf = 0, PrefixRows = 400, Arrival = 1 };
        ScheduledRequest third = Waiting(500) with { PrefixOf = 1, PrefixRows = 450, Arrival = 2 };
        SchedulerSettings settings = new();
        Assert.IsEmpty(Plan(settings, 5_000, Running(500, 399), second, third).Admitted);
        CollectionAssert.AreEqual(new[] { 1 }, Plan(settings, 5_000, Running(500, 400), second, third).Admitted);
        CollectionAssert.AreEqual(
            new[] { 2 }, Plan(settings, 5_000, Running(500, 399), second with { IsParked = true }, third).Admitted, "The second rests.");
    }

    [TestMethod]
    public void Plan_RequestThatDoesNotFit_IsPassedUntilItsPatienceEnds()
    {
        SchedulerSettings settings = new() { Patience = 10, AnswerRows = 0 };
        ScheduledRequest running = Running(60, 59);
        ScheduledRequest big = Waiting(100) with { ArrivalStep = Step - 10 };
        ScheduledRequest small = Waiting(10) with { Tenant = 1 };
        CollectionAssert.AreEqual(new[] { 2 }, Plan(settings, 50, running, big, small).Admitted);
        Assert.IsEmpty(Plan(settings, 50, running, big, Waiting(10)).Admitted, "None of its own tenant passes it.");
        Assert.IsEmpty(Plan(settings, 50, running, big with { ArrivalStep = Step - 11 }, small).Admitted);
        CollectionAssert.AreEqual(new[] { 1, 2 }, Plan(settings, 110, running, big with { ArrivalStep = Step - 11 }, small).Admitted);
    }

    /// <summary>
    /// Free rows of many small slots are no room for it, and it is in nobody's way: not in its own tenant's, however long.
    /// </summary>
    [TestMethod]
    public void Plan_RequestForWhichNoSlotIsLargeEnough_WaitsAndIsPassed()
    {
        SchedulerSettings settings = new() { Patience = 10 };
        ScheduledRequest running = Running(300, 100);
        ScheduledRequest big = Waiting(92) with { ArrivalStep = Step - 90, LastServed = Step - 90 };
        StepPlan plan = Plan(settings, 1, 500, 96, big, running, Waiting(10));
        CollectionAssert.AreEqual(new[] { 2 }, plan.Admitted);
        Assert.AreNotEqual(0, plan.ChunkRequest);
        CollectionAssert.AreEqual(new[] { 0, 2 }, Plan(settings, 1, 500, 97, big, running, Waiting(10)).Admitted);
    }

    [TestMethod]
    public void Plan_AnswersOfRunningOnes_AreCountedBeforeOthersAreAdmitted()
    {
        SchedulerSettings settings = new() { AnswerRows = 50 };
        ScheduledRequest running = Running(60, 59) with { MaxNewTokens = 40 };
        Assert.IsEmpty(Plan(settings, 99, running, Waiting(10) with { MaxNewTokens = 500 }).Admitted);
        Assert.HasCount(1, Plan(settings, 100, running, Waiting(10) with { MaxNewTokens = 500 }).Admitted);
        Assert.HasCount(1, Plan(settings, 10, Waiting(10) with { MaxNewTokens = 500 }).Admitted, "It is alone.");
    }

    private static ScheduledRequest Running(int length, int computed) => Waiting(length) with { Computed = computed, HeldRows = length };

    private static ScheduledRequest Waiting(int length) => new()
    {
        Arrival = 0,
        Tenant = 0,
        Length = length,
        Computed = 0,
        HeldRows = 0,
        MaxNewTokens = 5,
        ArrivalStep = Step,
        LastServed = Step - 1,
    };

    private static StepPlan Plan(SchedulerSettings settings, long freeRows, params ScheduledRequest[] requests) =>
        Plan(settings, 1, freeRows, requests);

    private static StepPlan Plan(SchedulerSettings settings, double chunkFactor, long freeRows, params ScheduledRequest[] requests) =>
        Plan(settings, chunkFactor, freeRows, int.MaxValue, requests);

    private static StepPlan Plan(
        SchedulerSettings settings, double chunkFactor, long freeRows, int largestSlot, params ScheduledRequest[] requests)
    {
        requests = [.. requests.Select((request, i) => request with { Arrival = i })];
        StepPlan plan = new();
        SchedulerState state = new(requests, [new(0, 0), new(50, 0)], Step, freeRows, chunkFactor, largestSlot);
        new Scheduler(settings).Plan(state, plan);
        PlanChecks.Check(settings, state, plan);
        return plan;
    }
}
