using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Self-attention of one layer.</summary>
/// <param name="Qkv">Query, key and value projections, rows in this order.</param>
/// <param name="Output">Projection of the heads' concatenated outputs.</param>
/// <param name="Scale">Factor of the scores.</param>
/// <param name="Rope">Rotary embedding of queries and keys; null for none.</param>
internal sealed record AttentionBlueprint(ProjectionBlueprint Qkv, ProjectionBlueprint Output, float Scale, RopeSettings? Rope)
{
    /// <summary>Positions that a position sees, itself included; null for all before it.</summary>
    public int? Window { get; init; }

    /// <summary>Scores s become cap · tanh(s / cap); null for none.</summary>
    public float? SoftCap { get; init; }

    public HeadNormBlueprint? QueryNorm { get; init; }

    public HeadNormBlueprint? KeyNorm { get; init; }
}
