namespace ALoRA.Onnx.Training;

/// <summary>Where a training stands; reported after each step, and when another stage begins.</summary>
public sealed record TrainingStep
{
    /// <summary>What it does.</summary>
    public required TrainingStage Stage { get; init; }

    /// <summary>Steps that were made.</summary>
    public int Step { get; init; }

    /// <summary>Steps in all, unless it stops before.</summary>
    public int Steps { get; init; }

    /// <summary>The epoch of the last step, from 1.</summary>
    public int Epoch { get; init; }

    /// <summary>Mean loss of the last step's labels; null before the first one.</summary>
    public double? Loss { get; init; }

    /// <summary>Learning rate of the last step; at the start the highest one.</summary>
    public double LearningRate { get; init; }

    /// <summary>Norm of the last step's gradients, before clipping.</summary>
    public double GradientNorm { get; init; }

    /// <summary>Mean loss over the rows held out, as of the last evaluation; null without one.</summary>
    public double? HeldOutLoss { get; init; }

    /// <summary>Share of those rows that are right as a whole, by teacher forcing; null without an evaluation.</summary>
    public double? HeldOutAccuracy { get; init; }

    /// <summary>Tokens a second that the adapter was trained over: invocations and completions, of a plain LoRA prompts, too.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>Rows a second.</summary>
    public double ExamplesPerSecond { get; init; }

    /// <summary>Time until all steps are made; null while it is not known.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>What the training is going to take of its device's memory, part by part; null on the processor.</summary>
    public string? DeviceMemory { get; init; }

    /// <summary>Something to know, such as a file that could not be written; null for nothing.</summary>
    public string? Note { get; init; }
}
