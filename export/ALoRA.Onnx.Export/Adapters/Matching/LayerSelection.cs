using System.Globalization;
using ALoRA.Onnx.Export.Adapters.Peft;

namespace ALoRA.Onnx.Export.Adapters.Matching;

/// <summary>layers_to_transform and layers_pattern: which layers a list of target modules means.</summary>
/// <remarks>PEFT (check_target_module_exists): the number after the first matching list of layers, <c>.*\.PATTERN\.(\d+)\.</c>.</remarks>
internal sealed class LayerSelection
{
    private readonly IReadOnlySet<int> _layers;
    private readonly ModuleRegex[] _patterns;

    public LayerSelection(PeftAdapterConfig config, MatchBudget budget)
    {
        _layers = config.Layers!;
        string source = $"{config.FilePath}: 'layers_pattern'";
        _patterns = config.LayersPatterns.Count == 0
            ? [ModuleRegex.Compile("[^.]*", Frame, source, budget)]
            : [.. config.LayersPatterns.Select(pattern => ModuleRegex.Compile(pattern, Frame, source, budget))];
    }

    public bool Contains(string path)
    {
        string? number = _patterns.Select(pattern => pattern.FirstGroup(path)).FirstOrDefault(group => group is not null);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && _layers.Contains(layer);
    }

    private static string Frame(string pattern) => $@"\A(?:.*\.{pattern}\.(\d+)\.)";
}
