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

    public double RopeTheta { get; init; } = 10000;

    /// <summary>Size of a head where <c>head_dim</c> is absent; null means hidden size divided by heads.</summary>
    public int? HeadSize { get; init; }
}
