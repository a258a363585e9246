namespace ALoRA.Onnx.Export.Architectures;

/// <summary>
/// The projections to which a mixed precision gives more bits: value and down projections, whose errors go straight into the residual
/// stream, in the layers that llama.cpp's <c>use_more_bits</c> names for Q4_K_M: the first and last eighth and every third between them.
/// </summary>
internal static class SensitiveProjections
{
    /// <summary>Names of the checkpoint's matrices.</summary>
    public static IReadOnlySet<string> Of(DecoderBlueprint blueprint)
    {
        int count = blueprint.Layers.Count;
        return blueprint.Layers
            .Where((_, layer) => GetsMoreBits(layer, count))
            .SelectMany(layer => layer.Mlp.Down.Parts.Concat(
                layer.Attention.Qkv.Parts.Where(
                    part => part.Module.EndsWith("v_proj", StringComparison.Ordinal) && layer.Attention.Qkv.Parts.Count > 1)))
            .Select(part => part.Weight)
            .ToHashSet(StringComparer.Ordinal);
    }

    private static bool GetsMoreBits(int layer, int count) => layer < count / 8 || layer >= 7 * count / 8 || (layer - (count / 8)) % 3 == 2;
}
