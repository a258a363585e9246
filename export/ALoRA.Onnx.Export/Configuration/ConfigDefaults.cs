namespace ALoRA.Onnx.Export.Configuration;

/// <summary>What Transformers assumes for keys that a <c>config.json</c> leaves out; it differs from one model class to the next.</summary>
internal sealed record ConfigDefaults
{
    /// <summary>Key of the norms' epsilon.</summary>
    public string NormEpsilonKey { get; init; } = "rms_norm_eps";

    public float NormEpsilon { get; init; } = 1e-6f;

    public string ActivationKey { get; init; } = "hidden_act";

    public string Activation { get; init; } = "silu";

    public int MaxPositions { get; init; } = 2048;

    public bool TieWordEmbeddings { get; init; }

    /// <summary>Number of key-value heads; null means as many as query heads.</summary>
    public int? KeyValueHeadCount { get; init; }

    /// <summary>Size of a head where <c>head_dim</c> is absent; null means hidden size divided by heads.</summary>
    public int? HeadSize { get; init; }

    public double RopeTheta { get; init; } = 10000;

    /// <summary>Base of the frequencies in layers with a window; null where all layers have the same rotary embedding.</summary>
    public double? WindowRopeTheta { get; init; }

    /// <summary>Share of each head that is rotated; null where the architecture always rotates whole heads.</summary>
    public double? PartialRotary { get; init; }

    /// <summary>Names of <see cref="RopeType.LongRope"/> in the configuration.</summary>
    public IReadOnlyList<string> LongRopeNames { get; init; } = ["longrope"];
}
