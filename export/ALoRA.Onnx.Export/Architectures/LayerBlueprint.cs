namespace ALoRA.Onnx.Export.Architectures;

/// <summary>One decoder layer: two blocks, each with a residual connection around it.</summary>
/// <param name="Path">Prefix of the layer's names, such as <c>model.layers.0</c>.</param>
/// <param name="AttentionNorm">Norm before attention.</param>
/// <param name="Attention">The attention block.</param>
/// <param name="MlpNorm">Norm before the MLP.</param>
/// <param name="Mlp">The feed-forward block.</param>
internal sealed record LayerBlueprint(string Path, NormBlueprint AttentionNorm, AttentionBlueprint Attention, NormBlueprint MlpNorm, MlpBlueprint Mlp)
{
    /// <summary>The four projections in the order of the walk.</summary>
    public IEnumerable<ProjectionBlueprint> Projections => [Attention.Qkv, Attention.Output, Mlp.GateUp, Mlp.Down];
}
