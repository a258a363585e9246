namespace ALoRA.Onnx.Cli.Bench;

/// <summary>What the user asked to have measured.</summary>
internal sealed record BenchmarkRequest
{
    /// <summary>Lengths of the prompts to compute; null for the usual ones.</summary>
    public IReadOnlyList<int>? Prefill { get; init; }

    /// <summary>Lengths of the conversations in which tokens are decoded and intrinsics asked; null for the usual ones.</summary>
    public IReadOnlyList<int>? Contexts { get; init; }

    /// <summary>The aLoRA; null for the one called certainty, if there is one.</summary>
    public string? Adapter { get; init; }

    /// <summary>A plain LoRA to compare with; null runs the aLoRA as one: active from the first token on.</summary>
    public string? Lora { get; init; }

    /// <summary>Intrinsics that are asked at once, 0 for none; null for some if the model can.</summary>
    public int? Fanout { get; init; }

    /// <summary>Measured runs of each figure, after one that warms up.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>Whether there is nothing to do without an aLoRA.</summary>
    public bool NeedsIntrinsic { get; init; }

    /// <summary>How long one figure may take at a length that nobody asked for. The default value is one minute.</summary>
    public TimeSpan LongestFigure { get; init; } = TimeSpan.FromMinutes(1);
}
