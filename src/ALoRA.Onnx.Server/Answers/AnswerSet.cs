using System.Runtime.ExceptionServices;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Requests;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>All choices of a request, submitted together and read side by side. Disposing it ends those that still run.</summary>
internal sealed class AnswerSet : IAsyncDisposable
{
    private readonly List<(AnswerPlan Plan, RunningAnswer Answer, ChoiceReader Reader)> _choices = [];
    private readonly CancellationTokenSource _cancellation;

    private readonly bool _logsText;

    private AnswerSet(bool logsText, CancellationToken cancellationToken)
    {
        _logsText = logsText;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>How many choices there are, those of the first prompt first.</summary>
    public int Count => _choices.Count;

    /// <summary>Submits all choices of all plans; if one is refused, so are all.</summary>
    /// <param name="source">Where answers come from.</param>
    /// <param name="opened">The model.</param>
    /// <param name="plans">What is asked.</param>
    /// <param name="logsText">Whether answers are logged.</param>
    /// <param name="cancellationToken">Ends all.</param>
    /// <exception cref="Serving.AloraBusyException">Too many requests wait already.</exception>
    public static async Task<AnswerSet> StartAsync(
        IAnswerSource source, OpenedModel opened, IReadOnlyList<AnswerPlan> plans, bool logsText, CancellationToken cancellationToken)
    {
        AnswerSet set = new(logsText, cancellationToken);
        try
        {
            IAnswerSource place = source.For(new AnswerGroup(opened, [.. plans.Select(plan => plan.Request)], plans[0].Beginning));
            foreach (AnswerPlan plan in plans)
            {
                for (int i = 0; i < plan.Choices; i++)
                {
                    RunningAnswer answer = place.Start(opened, plan.RequestOf(i), set._cancellation.Token);
                    set._choices.Add((plan, answer, new ChoiceReader(plan)));
                }
            }

            return set;
        }
        catch
        {
            await set.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The plan of a choice.</summary>
    public AnswerPlan PlanOf(int choice) => _choices[choice].Plan;

    /// <summary>An intrinsic's answer, once all were read.</summary>
    public IntrinsicAnswer? ResultOf(int choice) => _choices[choice].Reader.Result;

    /// <summary>Reads all choices to their end. If one fails, the others are ended.</summary>
    /// <param name="record">What metrics are told.</param>
    /// <param name="show">Takes what a choice has to show; of one choice one piece after the other, of several side by side.</param>
    /// <param name="end">Takes the end of a choice; null for nobody.</param>
    public async Task<ChoiceEnd[]> ReadAsync(
        RequestRecord record, Func<int, ChoiceDelta, ValueTask> show, Func<int, ChoiceEnd, ValueTask>? end = null)
    {
        Task<ChoiceEnd>[] reading = [.. Enumerable.Range(0, Count).Select(ReadOneAsync)];
        try
        {
            return await Task.WhenAll(reading).ConfigureAwait(false);
        }
        catch
        {
            // The first failure is the cause; those that were cancelled because of it are not.
            Exception? cause = reading.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException).FirstOrDefault();
            if (cause is not null)
            {
                ExceptionDispatchInfo.Throw(cause);
            }

            throw;
        }

        async Task<ChoiceEnd> ReadOneAsync(int index)
        {
            (_, RunningAnswer answer, ChoiceReader reader) = _choices[index];
            try
            {
                CollectedChoice? logged = _logsText ? new CollectedChoice() : null;
                ChoiceEnd done = await ChoiceRun.ReadAsync(
                    answer,
                    reader,
                    record.StartAnswer(),
                    delta =>
                    {
                        logged?.Add(delta);
                        return show(index, delta);
                    },
                    _cancellation.Token).ConfigureAwait(false);
                if (logged is not null)
                {
                    record.LogText("answer", string.Concat([logged.Text, .. logged.Calls.Select(call => $" {call.Name}{call.Arguments}")]));
                }

                if (end is not null)
                {
                    await end(index, done).ConfigureAwait(false);
                }

                return done;
            }
            catch
            {
                await _cancellation.CancelAsync().ConfigureAwait(false);
                throw;
            }
            finally
            {
                // A choice that is enough gives its place up while others go on.
                await answer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>What all choices took; a prompt counts once, whatever the number of its choices.</summary>
    public AnswerUsage UsageOf(IReadOnlyList<ChoiceEnd> ends)
    {
        AnswerUsage usage = default;
        for (int i = 0; i < Count; i += PlanOf(i).Choices)
        {
            usage = usage.With([.. ends.Skip(i).Take(PlanOf(i).Choices)]);
        }

        return usage;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach ((_, RunningAnswer answer, _) in _choices)
        {
            await answer.DisposeAsync().ConfigureAwait(false);
        }

        _cancellation.Dispose();
    }
}
