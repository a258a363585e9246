namespace ALoRA.Onnx.Training;

/// <summary>How far a replayed training is from the recorded one. Does not change; any thread.</summary>
public sealed record TrainingReplayResult
{
    /// <summary>Name of the case's folder.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the base in the record.</summary>
    public required string Model { get; init; }

    /// <summary>What was trained.</summary>
    public required AdapterKind Kind { get; init; }

    /// <summary>Updates that were replayed.</summary>
    public required int Updates { get; init; }

    /// <summary>Tensors that were trained.</summary>
    public required int Tensors { get; init; }

    /// <summary>Largest absolute difference of a loss before an update.</summary>
    public required double Loss { get; init; }

    /// <summary>Largest relative L2 distance of a tensor's first gradient, before clipping.</summary>
    public required double FirstGradient { get; init; }

    /// <summary>Name of the tensor with <see cref="FirstGradient"/>.</summary>
    public required string FarthestGradient { get; init; }

    /// <summary>Largest relative difference of the norm of all gradients together.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Largest relative L2 distance of a tensor after the last update.</summary>
    public required double FinalWeight { get; init; }

    /// <summary>Name of the tensor with <see cref="FinalWeight"/>.</summary>
    public required string FarthestWeight { get; init; }

    /// <summary>Absolute difference of the held-out loss after the last update.</summary>
    public required double HeldOutLoss { get; init; }

    /// <summary>
    /// Largest relative distance of the first batch's loss and gradients over cached prefixes from
    /// those over whole sequences; null for a plain LoRA, which has no prefixes.
    /// </summary>
    public double? CachedPrefix { get; init; }
}
