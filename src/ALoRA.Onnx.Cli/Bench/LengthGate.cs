namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Leaves out usual lengths whose figures would take long, judging by the length before.</summary>
internal sealed class LengthGate(BenchmarkPlan plan)
{
    private readonly List<LeftOutLength> _leftOut = [.. plan.Prefill.LeftOut, .. plan.Contexts.LeftOut];
    private int _lastLength;
    private TimeSpan _lastTime;

    /// <summary>What was left out so far.</summary>
    public IReadOnlyList<LeftOutLength> LeftOut => _leftOut;

    /// <summary>Whether figures of a choice are measured at a length.</summary>
    /// <param name="option">The option that asks for lengths of this choice.</param>
    /// <param name="choice">The choice.</param>
    /// <param name="length">One of the plan's lengths, in ascending order.</param>
    public bool IsOpen(string option, LengthChoice choice, int length)
    {
        if (!choice.Lengths.Contains(length))
        {
            return false;
        }

        // Time grows at least as the length does.
        TimeSpan least = _lastLength == 0 ? TimeSpan.Zero : _lastTime * ((double)length / _lastLength) * (plan.Repetitions + 1);
        if (choice.IsGiven || least <= plan.LongestFigure)
        {
            return true;
        }

        _leftOut.Add(new LeftOutLength(option, length, least));
        return false;
    }

    /// <summary>Takes note of how long one run of all models took.</summary>
    public void Passed(int length, TimeSpan time) => (_lastLength, _lastTime) = (length, time);
}
