using ALoRA.Onnx.Export.Adapters.Peft;

namespace ALoRA.Onnx.Export.Adapters.Matching;

/// <summary>Which modules an adapter targets, with which rank and alpha: PEFT's rules.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ModuleMatcher
{
    private readonly PeftAdapterConfig _config;
    private readonly NameSelection? _targets;
    private readonly NameSelection? _exclusions;
    private readonly LayerSelection? _layers;
    private readonly ModulePatterns<int> _ranks;
    private readonly ModulePatterns<double> _alphas;

    public ModuleMatcher(PeftAdapterConfig config)
    {
        MatchBudget budget = new();
        _config = config;
        _targets = config.Targets.IsAllLinear ? null : new NameSelection(config.Targets, $"{config.FilePath}: 'target_modules'", budget);
        _exclusions = config.Exclusions is { } names ? new NameSelection(names, $"{config.FilePath}: 'exclude_modules'", budget) : null;
        _layers = config.Layers is null ? null : new LayerSelection(config, budget);
        _ranks = new ModulePatterns<int>(config.RankPattern, $"{config.FilePath}: 'rank_pattern'", budget);
        _alphas = new ModulePatterns<double>(config.AlphaPattern, $"{config.FilePath}: 'alpha_pattern'", budget);
    }

    /// <summary>True if the adapter targets the module.</summary>
    /// <param name="path">Path in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="isVocabulary">True for the output head and the token embedding, which <c>all-linear</c> leaves out.</param>
    public bool Targets(string path, bool isVocabulary = false)
    {
        if (_exclusions?.IsMatch(path) ?? false)
        {
            return false;
        }

        if (_targets is null)
        {
            return !isVocabulary;
        }

        // A path that the list holds as a whole is meant whatever its layer.
        return _targets.Names(path) || (_targets.IsMatch(path) && (_layers?.Contains(path) ?? true));
    }

    public int RankOf(string path) => _ranks.ValueFor(path, _config.Rank);

    public double AlphaOf(string path) => _alphas.ValueFor(path, _config.Alpha);

    /// <summary>The names of a target list that none of the paths equals or ends in.</summary>
    public IReadOnlyList<string> NamesWithoutModule(IEnumerable<string> paths)
    {
        if (_config.Targets.Names is not { } names)
        {
            return [];
        }

        HashSet<string> unused = names.ToHashSet(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            foreach (string end in PathEnds.Of(path))
            {
                unused.Remove(end);
            }
        }

        return [.. unused];
    }
}
