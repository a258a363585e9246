using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

/// <summary>What holds for every plan, checked from the state alone.</summary>
internal static class PlanChecks
{
    public static void Check(SchedulerSettings settings, in SchedulerState state, StepPlan plan)
    {
        CheckPlaces(state, plan);
        CheckRows(settings, state, plan);
        CheckChunk(settings, state, plan);
        CheckRoom(settings, state, plan);
        CheckPreemption(state, plan);
        CheckWork(state, plan);
    }

    // Nobody is in two places: a row and the chunk, two rows, given up and anything else.
    private static void CheckPlaces(in SchedulerState state, StepPlan plan)
    {
        List<int> working = [.. plan.Rows];
        if (plan.ChunkRequest >= 0)
        {
            working.Add(plan.ChunkRequest);
        }

        CollectionAssert.AllItemsAreUnique(working);
        CollectionAssert.AllItemsAreUnique(plan.Admitted);
        CollectionAssert.AllItemsAreUnique(plan.Preempted);
        Assert.IsFalse(working.Intersect(plan.Preempted).Any());
        Assert.IsFalse(plan.Admitted.Intersect(plan.Preempted).Any());
        foreach (int index in working)
        {
            Assert.IsFalse(state.Requests[index].IsParked);
            Assert.IsTrue(state.Requests[index].HeldRows > 0 || plan.Admitted.Contains(index));
        }

        foreach (int index in plan.Admitted)
        {
            Assert.AreEqual(0, state.Requests[index].HeldRows);
        }

        foreach (int index in plan.Preempted)
        {
            Assert.IsGreaterThan(0, state.Requests[index].HeldRows);
        }
    }

    private static void CheckRows(SchedulerSettings settings, in SchedulerState state, StepPlan plan)
    {
        Assert.IsLessThanOrEqualTo(settings.MaxRows, plan.Rows.Count);
        HashSet<int> adapters = [];
        int next = 0;
        foreach (DecodeRun run in plan.Runs)
        {
            Assert.AreEqual(next, run.First);
            Assert.IsGreaterThan(0, run.Count);
            next += run.Count;
            foreach (int index in plan.Rows.GetRange(run.First, run.Count))
            {
                ref readonly ScheduledRequest request = ref state.Requests[index];
                int tokens = plan.Tokens[plan.Rows.IndexOf(index)];
                if (settings.IsOneRun)
                {
                    Assert.IsTrue(tokens >= 1 && tokens <= request.Pending && request.Pending <= settings.ShortPrompt);
                    bool isAdapted = request.Adapter != 0 && request.Computed + tokens > request.ActivationStart;
                    Assert.IsTrue(run.IsAdapted || !isAdapted, "A row with an adapter is in a run without.");
                    adapters.Add(isAdapted ? request.Adapter : 0);
                    continue;
                }

                Assert.AreEqual(1, tokens);
                Assert.IsTrue(request.Pending >= 1 && request.Pending <= Math.Max(1, settings.ShortRun));
                Assert.IsTrue(run.IsAdapted || !request.IsAdapted, "A row with an adapter is in a run without.");
                Assert.IsFalse(
                    run.IsAdapted && request.IsBeforeActivation, "A base row of an adapter's request is in a run with adapters.");
                Assert.IsFalse(run.IsAdapted && request.Pending > 1 && request.Adapter == 0, "So is a row of a prompt.");
                if (request.IsAdapted)
                {
                    adapters.Add(request.Adapter);
                }
            }
        }

        adapters.Remove(0);
        Assert.HasCount(plan.Rows.Count, plan.Tokens);
        Assert.IsTrue(!settings.IsOneRun || plan.Runs.Count <= 1);
        Assert.IsLessThanOrEqualTo(settings.IsOneRun ? settings.SharedRows : settings.MaxRows, plan.Tokens.Sum());
        Assert.AreEqual(plan.Rows.Count, next);
        Assert.IsLessThanOrEqualTo(settings.MaxAdapters, adapters.Count);
    }

    private static void CheckChunk(SchedulerSettings settings, in SchedulerState state, StepPlan plan)
    {
        if (plan.ChunkRequest < 0)
        {
            Assert.AreEqual(0, plan.ChunkTokens);
            return;
        }

        ref readonly ScheduledRequest request = ref state.Requests[plan.ChunkRequest];
        Assert.IsTrue(plan.ChunkTokens >= 1 && plan.ChunkTokens <= Math.Min(settings.MaxChunk, request.Pending));
        Assert.AreEqual(request.IsAdapted, plan.IsChunkAdapted);
        if (request.IsBeforeActivation)
        {
            Assert.IsLessThanOrEqualTo(request.ActivationStart, request.Computed + plan.ChunkTokens);
        }

        if (plan.Rows.Count == 0)
        {
            int whole = request.IsBeforeActivation ? request.ActivationStart - request.Computed : request.Pending;
            Assert.IsTrue(
                plan.ChunkTokens == Math.Min(settings.MaxChunk, whole) || plan.ChunkTokens >= request.HeldRows - request.Computed,
                "A prompt that is alone gets all that fits.");
        }
        else if (plan.ChunkTokens > settings.MinChunk)
        {
            Assert.IsLessThanOrEqualTo(settings.StepMilliseconds + 1e-6, plan.ExpectedMilliseconds);
        }
    }

    // Everything that the plan gives fits into what is free.
    private static void CheckRoom(SchedulerSettings settings, in SchedulerState state, StepPlan plan)
    {
        long free = state.FreeRows;
        foreach (int index in plan.Preempted)
        {
            free += state.Requests[index].HeldRows;
        }

        foreach (int index in plan.Admitted)
        {
            free -= settings.Rounded(state.Requests[index].Length);
            Assert.IsLessThanOrEqualTo(state.LargestSlot, settings.RowsToAdmit(state.Requests[index]));
        }

        List<(int Index, int Tokens)> work = [.. plan.Rows.Zip(plan.Tokens)];
        if (plan.ChunkRequest >= 0)
        {
            work.Add((plan.ChunkRequest, plan.ChunkTokens));
        }

        int holders = 0;
        foreach (ref readonly ScheduledRequest request in state.Requests)
        {
            holders += request.HeldRows > 0 ? 1 : 0;
        }

        foreach ((int index, int tokens) in work)
        {
            ref readonly ScheduledRequest request = ref state.Requests[index];
            int held = request.HeldRows > 0 ? request.HeldRows : settings.Rounded(request.Length);
            free -= Math.Max(0, settings.Rounded(request.Computed + tokens) - held);
        }

        Assert.IsGreaterThanOrEqualTo(0, free, "More rows are given than there are.");
        Assert.IsTrue(plan.Admitted.Count == 0 || plan.Admitted.Count + holders <= settings.MaxHolders);
    }

    private static void CheckPreemption(in SchedulerState state, StepPlan plan)
    {
        int kept = 0;
        for (int i = 0; i < state.Requests.Length; i++)
        {
            if (state.Requests[i].HeldRows > 0 && !plan.Preempted.Contains(i))
            {
                kept++;
                Assert.IsTrue(plan.Preempted.TrueForAll(index => index > i), "Somebody older was preempted.");
            }
        }

        Assert.IsTrue(plan.Preempted.Count == 0 || kept > 0, "The only one was preempted.");
        Assert.IsTrue(plan.Preempted.Count == 0 || plan.Admitted.Count == 0);
    }

    // While somebody has a slot and work, something is done; all decode where rows and adapters suffice.
    private static void CheckWork(in SchedulerState state, StepPlan plan)
    {
        for (int i = 0; i < state.Requests.Length; i++)
        {
            if (state.Requests[i] is { HeldRows: > 0, IsParked: false, Pending: > 0 } && !plan.Preempted.Contains(i))
            {
                Assert.IsFalse(plan.IsEmpty, "There is work, and nothing is done.");
            }
        }
    }
}
