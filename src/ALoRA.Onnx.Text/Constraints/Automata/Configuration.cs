namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// One place where a text may stand: a state of the program, its rule's counter, and who called the rule.
/// Also an entry of a frame: where a caller goes on.
/// </summary>
internal readonly record struct Configuration(int State, int Count, int Frame) : IComparable<Configuration>
{
    /// <summary>Stands in a set for a text that is complete.</summary>
    public static Configuration Complete { get; } = new(-1, 0, 0);

    public int CompareTo(Configuration other)
    {
        int order = State.CompareTo(other.State);
        order = order != 0 ? order : Count.CompareTo(other.Count);
        return order != 0 ? order : Frame.CompareTo(other.Frame);
    }
}
