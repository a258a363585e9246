namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Runs the cases of a reference on an open model.</summary>
/// <param name="model">The model.</param>
/// <param name="reference">What the reference computed.</param>
/// <param name="tolerance">Largest absolute difference of a logit.</param>
/// <param name="requiresGreedy">Whether greedy decoding has to give the reference's ids.</param>
internal sealed class CaseVerifier(AloraModel model, ReferenceLogits reference, float tolerance, bool requiresGreedy)
{
    // Longer runs may be computed node by node, as that is faster there.
    private const int TokensByOperators = 16;

    /// <summary>Runs a case for the base or one adapter, in each way that it can be run.</summary>
    public async Task<IReadOnlyList<VerificationRow>> VerifyAsync(ReferenceCase item, ReferenceRun run, CancellationToken cancellationToken)
    {
        if (!run.IsActivated)
        {
            return [await CompareAsync(item, run, "one run", Whole(item, run), cancellationToken)];
        }

        if (run.ActivationStart is not { } start)
        {
            return
            [
                await ExpectMissingInvocationAsync(item, run, cancellationToken),
                await CompareAsync(item, run, "missing invocation allowed", Whole(item, run, allowMissing: true), cancellationToken),
            ];
        }

        return
        [
            await CompareAsync(item, run, "one masked run", Whole(item, run), cancellationToken),
            await CompareAsync(item, run, "on the base's cache", OnBasePrefix(item, run, start), cancellationToken),
        ];
    }

    /// <summary>
    /// Runs a case a few tokens at a time, as operators compute them where there are any; null if nothing in it is adapted.
    /// </summary>
    public async Task<VerificationRow?> VerifyByOperatorsAsync(ReferenceCase item, ReferenceRun run, CancellationToken cancellationToken) =>
        run.IsActivated && run.ActivationStart is null
            ? null
            : await CompareAsync(
                item, run, "by operators", AFewAtATime(item, run, run.ActivationStart ?? 0), cancellationToken);

    private static IReadOnlyList<ForwardPart> AFewAtATime(ReferenceCase item, ReferenceRun run, int start) =>
    [
        .. start > 0 ? new ForwardPart[] { new(0, start, new ForwardOptions()) } : [],
        .. Enumerable.Range(0, (item.InputIds.Count - start + TokensByOperators - 1) / TokensByOperators).Select(i => new ForwardPart(
            start + (i * TokensByOperators), Math.Min(start + ((i + 1) * TokensByOperators), item.InputIds.Count),
            new ForwardOptions { Adapter = run.Adapter, ActivationStart = run.IsActivated ? 0 : null })),
    ];

    private static IReadOnlyList<ForwardPart> Whole(ReferenceCase item, ReferenceRun run, bool allowMissing = false) =>
        [new ForwardPart(0, item.InputIds.Count, new ForwardOptions { Adapter = run.Adapter, AllowMissingInvocation = allowMissing })];

    private static IReadOnlyList<ForwardPart> OnBasePrefix(ReferenceCase item, ReferenceRun run, int start) =>
    [
        .. start > 0 ? new ForwardPart[] { new(0, start, new ForwardOptions()) } : [],
        new(start, item.InputIds.Count, new ForwardOptions { Adapter = run.Adapter }),
    ];

    private async Task<VerificationRow> CompareAsync(
        ReferenceCase item, ReferenceRun run, string way, IReadOnlyList<ForwardPart> parts, CancellationToken cancellationToken)
    {
        using Conversation conversation = model.CreateConversation();
        LogitsComparison comparison = new(reference.Read(run, item.LogitsPositions.Count));
        foreach (ForwardPart part in parts)
        {
            int[] rows = [.. Enumerable.Range(0, item.LogitsPositions.Count).Where(row => part.Contains(item.LogitsPositions[row]))];
            ForwardOptions options = part.Options with
            {
                LogitsPositions = [.. rows.Select(row => item.LogitsPositions[row] - part.Begin)],
            };
            Logits logits = await conversation.ForwardAsync(
                item.InputIds.Skip(part.Begin).Take(part.End - part.Begin).ToArray(), options, cancellationToken);
            for (int i = 0; i < rows.Length; i++)
            {
                comparison.Add(logits[i], rows[i]);
            }
        }

        bool greedyEqual = await ContinuesLikeReferenceAsync(conversation, run.Greedy, cancellationToken);
        bool holds = comparison.LargestDifference <= tolerance && (greedyEqual || !requiresGreedy);
        return new VerificationRow(
            item.Name, run.Adapter ?? "base", way, holds ? VerificationOutcome.Passed : VerificationOutcome.Failed,
            comparison.LargestDifference, greedyEqual);
    }

    // The reference does not stop at the end-of-text id, and its length counts.
    private static async Task<bool> ContinuesLikeReferenceAsync(
        Conversation conversation, IReadOnlyList<int> greedy, CancellationToken cancellationToken)
    {
        if (greedy.Count == 0)
        {
            return true;
        }

        GenerationOptions options = GenerationParameters.WithDefaults(
            new GenerationOptions { MaxNewTokens = greedy.Count, IgnoreEndOfText = true });
        GenerationResult result = await conversation.GenerateToEndAsync(options, cancellationToken);
        return result.Tokens.SequenceEqual(greedy);
    }

    private async Task<VerificationRow> ExpectMissingInvocationAsync(
        ReferenceCase item, ReferenceRun run, CancellationToken cancellationToken)
    {
        const string Way = "missing invocation";
        using Conversation conversation = model.CreateConversation();
        try
        {
            await conversation.ForwardAsync(item.InputIds.ToArray(), new ForwardOptions { Adapter = run.Adapter }, cancellationToken);
            return new VerificationRow(item.Name, run.Adapter!, Way, VerificationOutcome.Failed, Note: "It ran, but had to be refused.");
        }
        catch (MissingInvocationException exception)
        {
            return new VerificationRow(item.Name, run.Adapter!, Way, VerificationOutcome.Passed, Note: exception.Message);
        }
    }

    /// <summary>Ids from <paramref name="Begin"/> to before <paramref name="End"/>, computed in one call.</summary>
    private sealed record ForwardPart(int Begin, int End, ForwardOptions Options)
    {
        public bool Contains(int position) => position >= Begin && position < End;
    }
}

/// <summary>Collects the largest absolute difference between computed and expected logits.</summary>
internal sealed class LogitsComparison(ReferenceMatrix expected)
{
    /// <summary>The largest difference so far; NaN once a value was NaN, which no tolerance admits.</summary>
    public float LargestDifference { get; private set; }

    /// <summary>Compares one row.</summary>
    /// <exception cref="FormatException">The model has another vocabulary than the reference.</exception>
    public void Add(ReadOnlySpan<float> actual, int row)
    {
        if (actual.Length != expected.VocabularySize)
        {
            throw new FormatException(
                $"The model gives {actual.Length} logits, the reference has {expected.VocabularySize}. They do not belong together.");
        }

        ReadOnlySpan<float> wanted = expected[row];
        for (int i = 0; i < actual.Length; i++)
        {
            // Equal infinities differ by nothing; their difference would be NaN.
            float difference = actual[i] == wanted[i] ? 0 : Math.Abs(actual[i] - wanted[i]);
            LargestDifference = MathF.Max(LargestDifference, difference);
        }
    }
}
