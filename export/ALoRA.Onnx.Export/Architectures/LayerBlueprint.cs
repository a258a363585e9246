namespace ALoRA.Onnx.Export.Architectures;

/// <summary>One decoder layer: two blocks, each with a residual connection around it.</summary>
/// <param name="Path">Prefix of the layer's names, such as <c>model.layers.0</c>.</param>
/// <param name="Attention">The attention block.</param>
/// <param name="Mlp">The feed-forward block.</param>
internal sealed record LayerBlueprint(string Path, AttentionBlueprint Attention, MlpBlueprint Mlp)
{
    /// <summary>Norm before attention; null for none.</summary>
    public NormBlueprint? AttentionNorm { get; init; }

    /// <summary>Norm of attention's output before it is added to the residual stream; null for none.</summary>
    public NormBlueprint? AttentionPostNorm { get; init; }

    /// <summary>Norm before the MLP; null for none.</summary>
    public NormBlueprint? MlpNorm { get; init; }

    /// <summary>Norm of the MLP's output before it is added to the residual stream; null for none.</summary>
    public NormBlueprint? MlpPostNorm { get; init; }

    /// <summary>Whether the MLP reads what attention reads, instead of the stream with attention's output in it.</summary>
    public bool IsParallel { get; init; }

    /// <summary>The four projections in the order of the walk.</summary>
    public IEnumerable<ProjectionBlueprint> Projections => [Attention.Qkv, Attention.Output, Mlp.Up, Mlp.Down];

    /// <summary>All norms in the order of the walk.</summary>
    public IEnumerable<NormBlueprint> Norms =>
    [
        .. new[] { AttentionNorm }.OfType<NormBlueprint>(),
        .. Attention.QueryNorm?.Norms ?? [],
        .. Attention.KeyNorm?.Norms ?? [],
        .. new[] { AttentionPostNorm, MlpNorm, MlpPostNorm }.OfType<NormBlueprint>(),
    ];
}
