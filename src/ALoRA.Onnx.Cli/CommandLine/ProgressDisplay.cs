using Spectre.Console;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Shows a long command's progress on the error stream: a bar on a screen, plain lines in a log.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs <paramref name="work"/> with a display that ends with it.</summary>
    public static async Task<T> RunAsync<T>(Terminal terminal, Func<IProgress<ProgressState>, Task<T>> work)
    {
        if (!terminal.IsErrorInteractive)
        {
            return await work(new ProgressLines(terminal.Error, TimeProvider.System));
        }

        return await terminal.CreateErrorConsole().Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new DownloadedColumn(),
                new TransferSpeedColumn(),
                new RemainingTimeColumn())
            .StartAsync(context => work(new ProgressBars(context)));
    }
}

/// <summary>One bar a stage.</summary>
internal sealed class ProgressBars(ProgressContext context) : IProgress<ProgressState>
{
    private readonly Lock _lock = new();
    private string? _stage;
    private ProgressTask? _task;

    public void Report(ProgressState value)
    {
        lock (_lock)
        {
            if (_task is null || _stage != value.Stage)
            {
                _task?.StopTask();
                _stage = value.Stage;
                _task = context.AddTask(Markup.Escape(value.Stage));
            }

            _task.IsIndeterminate = value.BytesTotal <= 0;
            _task.MaxValue = Math.Max(1, value.BytesTotal);
            _task.Value = value.BytesDone;
        }
    }
}
