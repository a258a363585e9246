namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Waits until an operation is under way.</summary>
internal static class RunWatch
{
    /// <summary>Waits until a model's graphs have been run so often.</summary>
    /// <param name="model">A model that nobody else uses.</param>
    /// <param name="runs">Runs since the model was opened.</param>
    /// <param name="operation">What makes the runs; the test fails if it ends before.</param>
    public static async Task WaitForRunsAsync(this AloraModel model, long runs, Task operation)
    {
        using CancellationTokenSource guard = new(HangGuard.Limit);
        while (model.Loaded.Session.Runs < runs)
        {
            Assert.IsFalse(
                operation.IsCompleted, $"The operation ended after {model.Loaded.Session.Runs} of {runs} runs: {operation.Exception}");
            Assert.IsFalse(
                guard.IsCancellationRequested,
                $"There were {model.Loaded.Session.Runs} of {runs} runs after {HangGuard.Limit.TotalMinutes} minutes.");
            await Task.Delay(1);
        }
    }
}
