using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Train;

/// <summary>Says on the error stream how a training goes: one line that is written over on a screen, lines now and then in a log.</summary>
internal sealed class TrainProgress(Terminal terminal, TimeProvider clock) : IProgress<TrainingStep>
{
    private static readonly TimeSpan IntervalOfLog = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IntervalOfScreen = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private TrainingStage? _stage;
    private double? _heldOut;
    private string? _note;
    private long _last;
    private int _width;

    public void Report(TrainingStep value)
    {
        lock (_lock)
        {
            bool isNews = value.Stage != _stage && (_stage is null || value.Stage is TrainingStage.Starting or TrainingStage.Finishing);
            bool isEvaluation = value.HeldOutLoss is not null && value.HeldOutLoss != _heldOut;
            if (value.Note is { } note && note != _note)
            {
                Write($"warning: {note}", isLasting: true);
            }

            (_stage, _note, _heldOut) = (value.Stage, value.Note, value.HeldOutLoss ?? _heldOut);
            TimeSpan interval = terminal.IsErrorInteractive ? IntervalOfScreen : IntervalOfLog;
            if (isNews || isEvaluation || (value.Step > 0 && clock.GetElapsedTime(_last) >= interval))
            {
                _last = clock.GetTimestamp();
                Write(Describe(value), isLasting: isNews || isEvaluation || !terminal.IsErrorInteractive);
            }
        }
    }

    /// <summary>What a report says, on one line.</summary>
    internal static string Describe(TrainingStep step)
    {
        if (step.Stage == TrainingStage.Opening)
        {
            return "Reading the data and opening the model";
        }

        if (step.Stage == TrainingStage.Starting)
        {
            string memory = step.DeviceMemory is { } parts ? $"; memory of the device: {parts}" : "";
            return string.Create(
                CultureInfo.InvariantCulture, $"{step.Steps:N0} steps, learning rate {step.LearningRate:0.0E+0} at its highest{memory}");
        }

        if (step.Stage == TrainingStage.Finishing)
        {
            return "Writing the adapter and asking it";
        }

        string heldOut = step.HeldOutLoss is { } loss
            ? string.Create(CultureInfo.InvariantCulture, $", held out {loss:0.0000} and {step.HeldOutAccuracy:0.000} exact")
            : "";
        string remaining = step.Remaining is { } time
            ? string.Create(CultureInfo.InvariantCulture, $", {time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00} left")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Step {step.Step:N0} of {step.Steps:N0}, epoch {step.Epoch}: loss {step.Loss:0.0000}, lr {step.LearningRate:0.0E+0}{heldOut}, "
            + $"{step.TokensPerSecond:0} tokens/s, {step.ExamplesPerSecond:0.0} rows/s{remaining}");
    }

    private void Write(string text, bool isLasting)
    {
        if (!terminal.IsErrorInteractive)
        {
            terminal.Error.WriteLine(text);
            return;
        }

        terminal.Error.Write("\r" + text.PadRight(_width) + (isLasting ? "\n" : ""));
        _width = isLasting ? 0 : text.Length;
    }
}
