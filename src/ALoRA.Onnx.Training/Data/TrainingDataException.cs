namespace ALoRA.Onnx.Training;

/// <summary>Data cannot be trained on. The message lists the first faults with file and line, <see cref="Faults"/> all of them.</summary>
public sealed class TrainingDataException : FormatException
{
    private const int Shown = 20;

    /// <summary>Creates the exception with a general message.</summary>
    public TrainingDataException()
        : base("The data cannot be trained on.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public TrainingDataException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">Its cause.</param>
    public TrainingDataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception for faults.</summary>
    /// <param name="faults">At least one.</param>
    public TrainingDataException(IReadOnlyList<TrainingFault> faults)
        : base(Sentence(faults)) => Faults = faults;

    /// <summary>All faults, in the order of the lines; empty if the exception was not made of any.</summary>
    public IReadOnlyList<TrainingFault> Faults { get; } = [];

    private static string Sentence(IReadOnlyList<TrainingFault> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        string more = faults.Count > Shown ? $"\n... and {faults.Count - Shown:N0} more." : "";
        string start = faults.Count == 1
            ? "1 fault in the data, nothing was trained. Correct or remove this line:\n"
            : $"{faults.Count:N0} faults in the data, nothing was trained. Correct or remove these lines:\n";
        return start
            + string.Join('\n', faults.Take(Shown)) + more;
    }
}
