using ALoRA.Onnx.Export.Adapters.Peft;

namespace ALoRA.Onnx.Export.Adapters.Matching;

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
