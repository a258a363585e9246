namespace ALoRA.Onnx.Export.Architectures;

/// <summary>The adapter groups of a decoder: its projections, the same in every layer.</summary>
internal static class AdapterGroupSelection
{
    /// <summary>The groups asked for, in the order of the walk; all if <paramref name="names"/> is null.</summary>
    /// <exception cref="ArgumentException">A name is not one of the decoder's groups.</exception>
    public static IReadOnlyList<AdapterGroup> Select(DecoderBlueprint blueprint, IReadOnlyCollection<string>? names)
    {
        LayerBlueprint first = blueprint.Layers[0];
        string prefix = first.Path.Replace(".0", ".{layer}", StringComparison.Ordinal);
        AdapterGroup[] all = [.. first.Projections.Select(projection => new AdapterGroup(
            projection.Group,
            $"{prefix}.{projection.Path}",
            projection.InputSize,
            [.. projection.Parts.Select(part => new AdapterGroupOutput(part.Module, part.OutputSize))]))];
        if (names is null)
        {
            return all;
        }

        foreach (string name in names)
        {
            if (!all.Any(group => group.Name == name))
            {
                throw new ArgumentException(
                    $"Adapter group '{name}': expected one of {string.Join(", ", all.Select(group => group.Name))}.", nameof(names));
            }
        }

        return [.. all.Where(group => names.Contains(group.Name))];
    }
}
