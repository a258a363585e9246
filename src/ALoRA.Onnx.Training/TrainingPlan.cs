namespace ALoRA.Onnx.Training;

/// <summary>What a training would do, measured on one step of which nothing is kept.</summary>
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

    /// <summary>
    /// Bytes of the prefixes that would be kept, each distinct one once; a training of less than one epoch keeps none that it reads once.
    /// </summary>
    public required long PrefixBytes { get; init; }

    /// <summary>Those that would be kept in memory.</summary>
    public required long PrefixMemoryBytes { get; init; }

    /// <summary>Those that would be kept in a file; what is left is computed anew each epoch.</summary>
    public required long PrefixFileBytes { get; init; }

    /// <summary>
    /// Forecast of the process's memory at its largest, in bytes: as measured after the step; what the longest rows and an evaluation take
    /// beyond it, which is counted on the processor and measured on a device; and the prefixes that would be kept in memory.
    /// </summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>What the training would take of its device's memory, in bytes, part by part; null on the processor.</summary>
    public string? DeviceMemory { get; init; }

    /// <summary>What the steps have taken of the device's memory, in bytes; null on the processor, or where nobody says it.</summary>
    public long? DeviceMemoryBytes { get; init; }

    /// <summary>The highest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Time of the first step, in seconds, its prefixes included; later ones may find theirs computed.</summary>
    public required double SecondsOfStep { get; init; }

    /// <summary>Rows as text, with the part that is trained between two marks.</summary>
    public required IReadOnlyList<string> Examples { get; init; }
}
