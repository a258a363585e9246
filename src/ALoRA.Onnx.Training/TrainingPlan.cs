namespace ALoRA.Onnx.Training;

/// <summary>What a training would do, measured on some steps of which nothing is kept.</summary>
public sealed record TrainingPlan
{
    /// <summary>The data as it would be trained on.</summary>
    public required TrainingData Data { get; init; }

    /// <summary>Steps that would be made.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps of one epoch.</summary>
    public required int StepsOfEpoch { get; init; }

    /// <summary>Trained weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of the prefixes of all rows, each distinct one once.</summary>
    public required long PrefixBytes { get; init; }

    /// <summary>Largest memory of the process so far, with the step of the longest rows, without the prefixes that would be kept.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Time of a step over the rows that come first, in seconds, their prefixes included.</summary>
    public required double SecondsOfStep { get; init; }

    /// <summary>Rows as text, with the part that is trained between two marks.</summary>
    public required IReadOnlyList<string> Examples { get; init; }
}
