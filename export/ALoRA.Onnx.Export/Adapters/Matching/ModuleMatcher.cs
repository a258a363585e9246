using System.Globalization;
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

/// <summary>target_modules or exclude_modules, ready to be asked for module paths.</summary>
/// <remarks>A list matches a path that equals a name or ends in a dot and a name; an expression has to match the whole path.</remarks>
internal sealed class NameSelection
{
    private readonly HashSet<string>? _names;
    private readonly ModuleRegex? _regex;

    public NameSelection(ModuleNames names, string source, MatchBudget budget)
    {
        _names = names.Names?.ToHashSet(StringComparer.Ordinal);
        _regex = names.Pattern is { } pattern ? ModuleRegex.Compile(pattern, text => $@"\A(?:{text})\z", source, budget) : null;
    }

    /// <summary>True if the list holds the whole path.</summary>
    public bool Names(string path) => _names?.Contains(path) ?? false;

    public bool IsMatch(string path) => _regex?.IsMatch(path) ?? PathEnds.Of(path).Any(_names!.Contains);
}

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

/// <summary>rank_pattern or alpha_pattern: the first key that matches the end of a module path gives the value.</summary>
internal sealed class ModulePatterns<T>
{
    private readonly (SuffixKey Key, T Value)[] _entries;

    /// <param name="entries">Keys and values in the order of the file.</param>
    /// <param name="source">File and name of the setting, for messages.</param>
    /// <param name="budget">Shared by all expressions of the adapter.</param>
    public ModulePatterns(IReadOnlyList<KeyValuePair<string, T>> entries, string source, MatchBudget budget) =>
        _entries = [.. entries.Select(entry => (new SuffixKey(entry.Key, $"{source}.{entry.Key}", budget), entry.Value))];

    public T ValueFor(string path, T otherwise)
    {
        foreach ((SuffixKey key, T value) in _entries)
        {
            if (key.IsMatch(path))
            {
                return value;
            }
        }

        return otherwise;
    }
}

/// <summary>What a name of a list may be for a path to match it.</summary>
internal static class PathEnds
{
    /// <summary>The path itself and what follows each of its dots, longest first.</summary>
    public static IEnumerable<string> Of(string path)
    {
        yield return path;
        for (int dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            yield return path[(dot + 1)..];
        }
    }
}
