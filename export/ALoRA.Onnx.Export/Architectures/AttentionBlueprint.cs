using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Self-attention of one layer.</summary>
/// <param name="Qkv">Query, key and value projections, rows in this order.</param>
/// <param name="Output">Projection of the heads' concatenated outputs.</param>
/// <param name="Scale">Factor of the scores.</param>
/// <param name="Rope">Rotary embedding of queries and keys; null for none.</param>
internal sealed record AttentionBlueprint(ProjectionBlueprint Qkv, ProjectionBlueprint Output, float Scale, RopeSettings? Rope);
