using Spectre.Console;
using Spectre.Console.Rendering;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Shows a long command's progress on the error stream: a bar on a screen, plain lines in a log.</summary>
internal static class ProgressDisplay
{
    private const int BarWidth = 20;
    private const int WidthForBars = 100;

    /// <summary>Runs <paramref name="work"/> with a display that ends with it.</summary>
    public static async Task<T> RunAsync<T>(Terminal terminal, Func<IProgress<ProgressState>, Task<T>> work)
    {
        // Where a line can't be drawn again, bars are lines of their own that stay at what they first said.
        IAnsiConsole console = terminal.CreateErrorConsole();
        if (!terminal.IsErrorInteractive || console.Profile.Capabilities is not { Ansi: true, Interactive: true })
        {
            return await work(new ProgressLines(terminal.Error, TimeProvider.System));
        }

        // On a narrow screen the numbers say it all, and the words before them stay on one line.
        bool isWide = (terminal.Width ?? WidthForBars) >= WidthForBars;
        ProgressColumn[] columns =
        [
            new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left },
            .. isWide ? new ProgressColumn[] { new MeasuredBarColumn(BarWidth) } : [], new AmountColumn(),
        ];
        return await console.Progress()
            .AutoClear(true)
            .Columns(columns)
            .StartAsync(context => work(new ProgressBars(context, TimeProvider.System, isWide)));
    }

    /// <summary>A bar for stages of which it is known how much there is to do, and none for others, which would stand still at 0.</summary>
    private sealed class MeasuredBarColumn(int width) : ProgressColumn
    {
        private readonly ProgressBarColumn _bar = new() { Width = width };

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            task.IsIndeterminate ? Text.Empty : _bar.Render(options, task, deltaTime);
    }

    /// <summary>How much of what is done, and how long the rest takes.</summary>
    private sealed class AmountColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.State.Get<ProgressAmount>(ProgressBars.AmountKey).Text ?? "");
    }
}

/// <summary>What is written behind a bar.</summary>
/// <param name="Text">The text; null for none.</param>
internal readonly record struct ProgressAmount(string? Text);

/// <summary>One line a stage.</summary>
internal sealed class ProgressBars(ProgressContext context, TimeProvider clock, bool isWide) : IProgress<ProgressState>
{
    /// <summary>Where a line's amount is kept.</summary>
    public const string AmountKey = "amount";

    private readonly Lock _lock = new();
    private string? _stage;
    private long _stageBegan;
    private ProgressTask? _task;

    public void Report(ProgressState value)
    {
        lock (_lock)
        {
            if (_task is null || _stage != value.Stage)
            {
                Finish();
                _stage = value.Stage;
                _stageBegan = clock.GetTimestamp();
                _task = context.AddTask(Markup.Escape(value.Stage));
            }

            _task.IsIndeterminate = !value.IsMeasured;
            _task.MaxValue = Math.Max(1, value.Total);
            _task.Value = value.Done;
            string text = value.IsMeasured ? ProgressLines.Amounts(value, clock.GetElapsedTime(_stageBegan), isWide) : "";
            _task.State.Update<ProgressAmount>(AmountKey, _ => new ProgressAmount(text));
        }
    }

    // What gave way to the next stage was done, whether or not its last report said so.
    private void Finish()
    {
        if (_task is { } task)
        {
            task.IsIndeterminate = false;
            task.Value = task.MaxValue;
            task.State.Update<ProgressAmount>(AmountKey, _ => new ProgressAmount("done"));
            task.StopTask();
        }
    }
}
