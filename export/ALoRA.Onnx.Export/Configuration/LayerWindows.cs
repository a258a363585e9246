namespace ALoRA.Onnx.Export.Configuration;

/// <summary>How many positions each layer sees, itself included; null for all that came before.</summary>
internal static class LayerWindows
{
    private const string TypesKey = "layer_types";
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>The same window in all layers.</summary>
    public static IReadOnlyList<int?> Same(ModelConfig config, int? window) => [.. Enumerable.Repeat(window, config.LayerCount)];

    /// <summary>No window; <c>layer_types</c> may say so as well.</summary>
    public static IReadOnlyList<int?> None(ModelConfig config)
    {
        if (config.Keys.Texts(TypesKey).Any(type => type != Full))
        {
            config.Keys.Refuse(TypesKey, $"{Full} in all layers, because this architecture has no windows");
        }

        return Same(config, null);
    }

    /// <summary>The window in the layers that <c>layer_types</c> names <c>sliding_attention</c>.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="window">The window; null if the configuration has none.</param>
    /// <param name="slides">Which layers have it where <c>layer_types</c> is absent.</param>
    public static IReadOnlyList<int?> ByType(ModelConfig config, int? window, Func<int, bool> slides)
    {
        ConfigReader keys = config.Keys;
        IReadOnlyList<string> types = keys.Has(TypesKey)
            ? keys.Texts(TypesKey)
            : [.. Enumerable.Range(0, config.LayerCount).Select(layer => slides(layer) ? Sliding : Full)];
        if (types.Count != config.LayerCount || types.Any(type => type is not (Full or Sliding)))
        {
            keys.Refuse(TypesKey, $"{config.LayerCount} texts, one for each layer, of {Full} and {Sliding}");
            return Same(config, null);
        }

        if (window is null && types.Contains(Sliding))
        {
            keys.Problems.Add($"'sliding_window': expected a whole number above 0, because a layer's type is {Sliding}, got none.");
        }

        return [.. types.Select(type => type == Sliding ? window : null)];
    }
}
