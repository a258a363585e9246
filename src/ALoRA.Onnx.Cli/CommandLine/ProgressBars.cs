using Spectre.Console;

namespace ALoRA.Onnx.Cli.CommandLine;

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
