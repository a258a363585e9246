using System.Globalization;
using ALoRA.Onnx.Serving.Requests;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// Sees to it that no reader waits for ever: where steps compute nothing although someone waits, all slots are given up, so that everyone
/// begins anew with its tokens; where that does not help, all fail. Both are faults of the engine, whose state is logged. Not thread-safe.
/// </summary>
/// <param name="time">Measures how long nothing was computed.</param>
/// <param name="logger">Where the state goes.</param>
/// <param name="giveUp">Takes all slots and forgets what is known of the prompts.</param>
/// <param name="end">Ends all requests.</param>
internal sealed class StallGuard(TimeProvider time, ILogger logger, Action giveUp, Action<Exception> end)
{
    /// <summary>How long nothing may be computed; a step that computes anything, however long, is none of these.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private long? _since;
    private bool _gaveUp;

    /// <summary>Looks at what a step did.</summary>
    /// <param name="works">Whether it computed or admitted anything.</param>
    /// <param name="requests">All requests; those that rest wait for their readers.</param>
    public void Watch(bool works, List<LiveRequest> requests)
    {
        if (works || requests.TrueForAll(static request => request.RestsSince is not null))
        {
            Progress();
        }
        else
        {
            Stand(requests);
        }
    }

    /// <summary>Notes a step that did something, or that had nothing to do.</summary>
    public void Progress() => (_since, _gaveUp) = (null, false);

    /// <summary>Notes a step that did nothing although there is something to do.</summary>
    /// <param name="state">What stands where.</param>
    public void Stand(Func<string> state)
    {
        _since ??= time.GetTimestamp();
        if (time.GetElapsedTime(_since.Value) < Patience)
        {
            return;
        }

        _since = null;
        logger.Stalled(Patience.TotalSeconds, _gaveUp ? "all requests fail" : "all slots are given up", state());
        if (_gaveUp)
        {
            end(new InvalidOperationException(
                "The engine computed nothing although there was something to compute. Send the request again, and report the engine's "
                + "state, which is in the log (event 62)."));
        }
        else
        {
            giveUp();
        }

        _gaveUp = !_gaveUp;
    }

    // Apart, for what the lambda captures is allocated where a method begins, and steps allocate nothing.
    private void Stand(List<LiveRequest> requests) => Stand(() => string.Join("; ", requests.Select(Describe)));

    private static string Describe(LiveRequest request) => string.Create(
        CultureInfo.InvariantCulture,
        $"{request.Number} {request.Adapter?.Name ?? "base"}: {request.Tokens.Length} tokens, {request.Tokens.Pending} without rows, "
        + $"slot of {request.Tokens.Sequence?.Cache.Capacity ?? 0}, rests {request.RestsSince is not null}, unread {request.Unread}, "
        + $"knows {request.Known.Rows}, waits for {request.Known.Computing?.Number ?? -1} until {request.Known.RowsToCome}");
}
