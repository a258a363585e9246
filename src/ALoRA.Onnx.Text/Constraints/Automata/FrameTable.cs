namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// The callers of rules: a frame is all places where the rules that were called at one place of the text go on.
/// Equal frames have the same number.
/// </summary>
internal sealed class FrameTable
{
    /// <summary>The frame of the first rule, which has no caller.</summary>
    public const int Root = 0;

    private readonly ConfigurationTable _frames = new();
    private readonly List<int> _depths = [0];

    public long Size => _frames.Size + _frames.Count;

    public ReadOnlySpan<Configuration> this[int frame] => _frames[frame];

    /// <summary>Calls within each other.</summary>
    public int DepthOf(int frame) => _depths[frame];

    public int Intern(List<Configuration> callers)
    {
        int depth = 0;
        foreach (Configuration caller in callers)
        {
            depth = Math.Max(depth, _depths[caller.Frame] + 1);
        }

        int frame = _frames.Intern(callers);
        if (frame == _depths.Count)
        {
            _depths.Add(depth);
        }

        return frame;
    }

    /// <summary>A frame of another table in this one; all frames below it come along.</summary>
    public int CopyFrom(FrameTable other, int frame, Dictionary<int, int> copies)
    {
        if (frame == Root || copies.TryGetValue(frame, out int copy))
        {
            return frame == Root ? Root : copies[frame];
        }

        List<Configuration> callers = [];
        foreach (Configuration caller in other[frame])
        {
            callers.Add(caller with { Frame = CopyFrom(other, caller.Frame, copies) });
        }

        copy = Intern(callers);
        copies.Add(frame, copy);
        return copy;
    }
}
