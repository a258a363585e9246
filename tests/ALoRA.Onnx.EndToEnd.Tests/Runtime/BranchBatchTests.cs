using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Invocations;
using ALoRA.Onnx.Invocations.Branches;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Logits of branches that are computed together, step by step, against each branch computed alone.</summary>
[TestClass]
public sealed class BranchBatchTests
{
    [TestMethod]
    public async Task TryCompute_BranchesOfFourAdaptersAndTheBase_GivesTheLogitsOfEachAlone()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(150);
        using Sequence conversation = new(model.Loaded.Session);
        conversation.Append(prompt);
        conversation.Compute(default);
        (string? Adapter, int Start)[] cases =
        [
            ("certainty", 150), ("query_rewrite", 152), ("jailbreak", 60), ("answerability", 0), ("certainty", 149),
            ("jailbreak", int.MaxValue),
        ];
        using TemporaryBranches branches = new(model, conversation, cases);
        using BranchBatch batch = new(model.Loaded.Session, conversation.Cache, branches.List, branches.Adapters);
        List<Branch> active = [.. branches.List];
        float worst = 0;
        for (int step = 0; step < 5; step++)
        {
            Assert.IsTrue(batch.TryCompute(active, default));
            foreach (Branch branch in active)
            {
                int index = branches.List.IndexOf(branch);
                using Conversation alone = model.CreateConversation();
                ForwardOptions options = cases[index].Start == int.MaxValue
                    ? new()
                    : new() { Adapter = cases[index].Adapter, ActivationStart = cases[index].Start };
                Logits expected = await alone.ForwardAsync(branch.TokenSpan.ToArray(), options);
                worst = Math.Max(worst, Deviation.Largest(expected[0], branch.LastLogits(default)));
            }

            // One branch ends after each of the first steps, so that the rows of the others move together.
            if (step is 1 or 2)
            {
                active.RemoveAt(step);
            }

            active.ForEach(branch => branch.Append(Prompts.Random(step == 3 ? 3 : 1, branch.Length)));
        }

        // Kernels for few rows and for many differ in the last bits: alone, an adapter's few rows are a run of their own.
        Assert.IsLessThanOrEqualTo(2e-5f, worst);
    }

    [TestMethod]
    public async Task TryCompute_DecodeSteps_AllocateNothingThatGrowsWithTheContext()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Sequence conversation = new(model.Loaded.Session);
        conversation.Append(Prompts.Random(2000));
        conversation.Compute(default);
        using TemporaryBranches branches = new(model, conversation, [("certainty", 2000), ("jailbreak", 2000), ("certainty", 2001)]);
        using BranchBatch batch = new(model.Loaded.Session, conversation.Cache, branches.List, branches.Adapters);
        branches.List.ForEach(branch => branch.EnsureTokenCapacity(2100));
        long allocated = 0;
        for (int step = 0; step < 12; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.IsTrue(batch.TryCompute(branches.List, default));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            branches.List.ForEach(branch => branch.Append(33));
        }

        Assert.IsLessThan(1024, allocated);
    }

    private sealed class TemporaryBranches : IDisposable
    {
        private readonly List<PreparedInvocation> _prepared = [];

        public TemporaryBranches(AloraModel model, Sequence conversation, (string? Adapter, int Start)[] cases)
        {
            foreach ((string? adapter, int start) in cases)
            {
                InvocationOptions options = start == int.MaxValue
                    ? new()
                    {
                        Placement = InvocationPlacement.InPrompt,
                        AllowMissingInvocation = true,
                        InstructionTokens = Prompts.Random(6, 3),
                    }
                    : new() { ActivationPosition = start, InstructionTokens = Prompts.Random(start % 7, 4) };
                _prepared.Add(PreparedInvocation.Prepare(model.Loaded, conversation, adapter!, options));
            }

            List.AddRange(_prepared.Select(invocation => new Branch(conversation, invocation)));
            Adapters = new BranchAdapters(
                model.Loaded.Session, model.Adapters.Stacks,
                [.. List.Select(branch => branch.Adapter).OfType<Adapter>().Distinct()]);
        }

        public List<Branch> List { get; } = [];

        public BranchAdapters Adapters { get; }

        public void Dispose()
        {
            List.ForEach(branch => branch.Dispose());
            Adapters.Dispose();
            _prepared.ForEach(invocation => invocation.Dispose());
        }
    }
}
