using System.Diagnostics;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Invocations.Branches;

namespace ALoRA.Onnx.Invocations;

/// <summary>
/// Several invocations on one conversation, which is afterwards as it was: those that can share its cache
/// are computed together, the others (plain LoRAs, and what does not fit) one after another.
/// </summary>
internal sealed class Fanout(LoadedModel model, Sequence conversation, IReadOnlyList<PreparedInvocation> invocations)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly IntrinsicResult?[] _results = new IntrinsicResult?[invocations.Count];

    /// <summary>Asks several adapters about a conversation, which is afterwards as it was. All are checked first.</summary>
    /// <returns>The results in the order of the invocations.</returns>
    public static IReadOnlyList<IntrinsicResult> Ask(
        LoadedModel model, Sequence conversation, IReadOnlyList<AdapterInvocation> invocations, CancellationToken cancellationToken)
    {
        conversation.CheckBase("Invoking adapters");
        List<PreparedInvocation> prepared = [];
        try
        {
            foreach (AdapterInvocation invocation in invocations)
            {
                ArgumentNullException.ThrowIfNull(invocation, nameof(invocations));
                ArgumentException.ThrowIfNullOrEmpty(invocation.Adapter, nameof(invocations));
                InvocationOptions options = invocation.Options ?? new InvocationOptions();
                prepared.Add(PreparedInvocation.Prepare(model, conversation, invocation.Adapter, options));
            }

            IReadOnlyList<IntrinsicResult> results = new Fanout(model, conversation, prepared).Run(cancellationToken);
            foreach (IntrinsicResult result in results)
            {
                model.Logger.Invoked(result);
            }

            return results;
        }
        finally
        {
            prepared.ForEach(invocation => invocation.Dispose());
        }
    }

    private IntrinsicResult[] Run(CancellationToken cancellationToken)
    {
        int computed = conversation.ComputedLength;
        conversation.ComputeSampled(cancellationToken);
        int[] shared = [.. Enumerable.Range(0, invocations.Count).Where(CanShare)];
        if (shared.Length > 1 && HasGraph())
        {
            RunTogether(shared, computed, cancellationToken);
        }

        for (int i = 0; i < invocations.Count; i++)
        {
            _results[i] ??= new Invocation(model, conversation, invocations[i]).Run(cancellationToken);
        }

        return _results!;
    }

    // Rows that a plain LoRA reads are all its own, weights that may overflow spoil what is beside them, and rotations that switch with the
    // length of the context would do so for all branches at once. Positions of a first prompt are always 0, 1, 2, …, and rows end with the
    // context even where branches overlap.
    private bool CanShare(int index)
    {
        PreparedInvocation invocation = invocations[index];
        int own = conversation.Length + invocation.Appended.Length - Math.Min(invocation.Activation.Start, conversation.Length);
        return model.Manifest.RotarySwitchLength is null
            && invocation.Activation.Adapter is not ({ Kind: AdapterKind.Lora } or { Weights.IsOutsized: true })
            && conversation.Length > 0
            && conversation.Length + own <= conversation.MaxLength;
    }

    private bool HasGraph()
    {
        if (!model.Session.HasFanout)
        {
            model.Logger.NoFanout(model.Folder);
        }

        return model.Session.HasFanout;
    }

    private void RunTogether(int[] shared, int computed, CancellationToken cancellationToken)
    {
        List<Branch> branches = [.. shared.Select(index => new Branch(conversation, invocations[index]))];
        List<AnswerGenerator> answers = [];
        try
        {
            using BranchAdapters adapters = new(
                model.Session, model.Adapters.Stacks, [.. branches.Select(branch => branch.Adapter).OfType<Adapter>().Distinct()]);
            using BranchBatch batch = new(model.Session, conversation.Cache, branches, adapters);
            answers.AddRange(branches.Select(
                (branch, i) => new AnswerGenerator(model, invocations[shared[i]], branch, _started, Math.Min(computed, branch.Prefix))));
            bool isWhole = false;
            try
            {
                isWhole = TryGenerate(batch, branches, answers, cancellationToken);
            }
            finally
            {
                if (!isWhole)
                {
                    batch.ClearLeftovers();
                }
            }

            if (!isWhole)
            {
                model.Logger.NoNumbersInFanout();
                return;
            }

            for (int i = 0; i < shared.Length; i++)
            {
                int? start = branches[i].Adapter is null ? null : invocations[shared[i]].Activation.Start;
                _results[shared[i]] = answers[i].Result(start, shared.Length);
            }
        }
        finally
        {
            answers.ForEach(answer => answer.Dispose());
            branches.ForEach(branch => branch.Dispose());
        }
    }

    // What one branch's adapter makes infinite is multiplied by 0 in the rows of all others, which is no number. Which adapter it is
    // can't be seen any more, so that all are asked alone: the others then answer as ever, and that one's error names it.
    private static bool TryGenerate(
        BranchBatch batch, List<Branch> branches, List<AnswerGenerator> answers, CancellationToken cancellationToken)
    {
        List<Branch> unfinished = [.. branches];
        List<AnswerGenerator> generators = [.. answers];
        while (unfinished.Count > 0)
        {
            if (!batch.TryCompute(unfinished, cancellationToken))
            {
                Finish(unfinished, generators, cancellationToken);
                return true;
            }

            if (!batch.AreUsable(unfinished))
            {
                return false;
            }

            for (int i = unfinished.Count - 1; i >= 0; i--)
            {
                generators[i].Next(cancellationToken);
                if (generators[i].IsFinished)
                {
                    unfinished.RemoveAt(i);
                    generators.RemoveAt(i);
                }
            }
        }

        return true;
    }

    // All rows together fill the context, though each branch has room left: the rest
    // is generated one after another, each on a cache of its own.
    private static void Finish(List<Branch> branches, List<AnswerGenerator> generators, CancellationToken cancellationToken)
    {
        for (int i = 0; i < branches.Count; i++)
        {
            branches[i].Detach();
            generators[i].ToEnd(cancellationToken);
            branches[i].Dispose();
        }
    }
}
