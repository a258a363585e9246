using ALoRA.Onnx.Serving.Intrinsics;

namespace ALoRA.Onnx.Serving;

/// <summary>Intrinsics on an engine.</summary>
public static class EngineIntrinsics
{
    /// <summary>
    /// Runs intrinsics, all submitted together: those about one conversation compute it once. The answers are those of
    /// <see cref="IntrinsicExtensions.InvokeAsync(Conversation, Intrinsic, IntrinsicRequest, CancellationToken)"/>.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="calls">What is asked; an intrinsic may occur several times. An empty list gives an empty result.</param>
    /// <param name="cancellationToken">Cancels all of them.</param>
    /// <returns>The answers in the order of the calls.</returns>
    /// <exception cref="IntrinsicFormatException">
    /// A request does not fit its definition, or an answer does not fit its rules.
    /// </exception>
    /// <exception cref="SpecialTokenException">
    /// A role is no plain word, or a value spells out a special token that is to be refused.
    /// </exception>
    /// <exception cref="ArgumentException">A prompt does not fit into the context.</exception>
    /// <exception cref="MissingInvocationException">An invocation should be in the prompt but is not.</exception>
    /// <exception cref="AloraBusyException">Too many requests wait already.</exception>
    /// <exception cref="InvalidOperationException">The engine is draining, or an adapter's weights overflow.</exception>
    /// <exception cref="ObjectDisposedException">The engine or its model was disposed.</exception>
    public static async Task<IReadOnlyList<IntrinsicAnswer>> InvokeAllAsync(
        this AloraEngine engine, IReadOnlyList<IntrinsicCall> calls, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(calls);

        // Long requests take a while before anything is computed, and nothing is submitted unless all can be.
        EngineIntrinsic[] prepared = await Task.Run(
            () => calls.Select(call => EngineIntrinsic.Prepare(engine.Model, call, cancellationToken)).ToArray(), cancellationToken)
            .ConfigureAwait(false);
        List<EngineAnswer> running = [];
        try
        {
            foreach (EngineIntrinsic intrinsic in prepared)
            {
                running.Add(engine.Submit(intrinsic.Request, cancellationToken));
            }

            IntrinsicAnswer[] answers = new IntrinsicAnswer[prepared.Length];
            for (int i = 0; i < answers.Length; i++)
            {
                GenerationResult result = await running[i].ToEndAsync(cancellationToken).ConfigureAwait(false);
                answers[i] = prepared[i].Complete(result, await running[i].PromptUsage.ConfigureAwait(false));
            }

            return answers;
        }
        finally
        {
            foreach (EngineAnswer answer in running)
            {
                await answer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
