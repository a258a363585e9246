namespace ALoRA.Onnx.Export.Adapters.Matching;

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
