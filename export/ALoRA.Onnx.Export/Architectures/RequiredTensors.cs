namespace ALoRA.Onnx.Export.Architectures;

/// <summary>The checkpoint tensors that a blueprint needs, each once, with the shape they must have.</summary>
internal static class RequiredTensors
{
    public static IEnumerable<(string Name, long[] Shape)> Of(DecoderBlueprint blueprint)
    {
        long[] table = [blueprint.VocabSize, blueprint.HiddenSize];
        yield return (blueprint.EmbeddingWeight, table);
        foreach (LayerBlueprint layer in blueprint.Layers)
        {
            foreach ((string Name, long[] Shape) tensor in layer.Norms.SelectMany(Norm))
            {
                yield return tensor;
            }

            foreach (ProjectionBlueprint projection in layer.Projections)
            {
                foreach (ProjectionPart part in projection.Parts)
                {
                    yield return (part.Weight, [part.OutputSize, projection.InputSize]);
                    if (part.Bias is not null)
                    {
                        yield return (part.Bias, [part.OutputSize]);
                    }
                }
            }
        }

        foreach ((string Name, long[] Shape) tensor in Norm(blueprint.FinalNorm))
        {
            yield return tensor;
        }

        if (blueprint.HeadWeight != blueprint.EmbeddingWeight)
        {
            yield return (blueprint.HeadWeight, table);
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> Norm(NormBlueprint norm) =>
        new[] { norm.Weight, norm.Bias }.OfType<string>().Select(name => (name, new long[] { norm.Size }));
}
