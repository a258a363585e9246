namespace ALoRA.Onnx.TestKit;

/// <summary>
/// Ends the wait for what would never end, or only after hours, as with quadratic time on a large text. No measure of speed.
/// </summary>
public static class HangGuard
{
    /// <summary>A hundred times as long as anything takes that a test waits for, so that a busy machine fails nothing.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Does something, and fails where it does not end.</summary>
    /// <param name="what">What does not end, for the message.</param>
    /// <param name="action">What is done; it goes on in the background after the failure.</param>
    public static void Run(string what, Action action)
    {
        Task task = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([task], Limit) < 0)
        {
            Assert.Fail($"{what} did not end within {Limit.TotalMinutes} minutes.");
        }

        task.GetAwaiter().GetResult();
    }
}
