using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Export.Adapters.Matching;

/// <summary>A regular expression of the adapter's configuration, matched against module paths within a <see cref="MatchBudget"/>.</summary>
internal sealed class ModuleRegex
{
    private readonly Regex _regex;
    private readonly MatchBudget _budget;
    private readonly string _source;

    private ModuleRegex(Regex regex, MatchBudget budget, string source)
    {
        _regex = regex;
        _budget = budget;
        _source = source;
    }

    /// <param name="pattern">Expression of Python's <c>re</c>, as it stands in the file.</param>
    /// <param name="frame">Puts the translated expression into its place, such as the anchors of <c>fullmatch</c>.</param>
    /// <param name="source">File and key, for messages.</param>
    /// <param name="budget">Shared by all expressions of the adapter.</param>
    /// <exception cref="CheckpointFormatException">The expression is invalid, or not the same in Python and .NET.</exception>
    public static ModuleRegex Compile(string pattern, Func<string, string> frame, string source, MatchBudget budget)
    {
        const RegexOptions Options = RegexOptions.CultureInvariant;
        try
        {
            Regex regex = budget.Spend(() => new Regex(frame(PythonRegexTranslator.Translate(pattern)), Options, MatchBudget.PerMatch));
            return new ModuleRegex(regex, budget, $"{source}: the regular expression '{Shorten(pattern)}'");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new CheckpointFormatException(
                $"{source}: expected a regular expression of Python, got '{Shorten(pattern)}' ({e.Message}). Write it in a simpler form or "
                + "as a list of module names.",
                e);
        }
        catch (TimeoutException e)
        {
            throw TooSlow($"{source}: the regular expression '{Shorten(pattern)}'", e);
        }
    }

    public bool IsMatch(string path) => Spend(() => _regex.IsMatch(path));

    /// <summary>Text of the first group, or null if the expression does not match.</summary>
    public string? FirstGroup(string path) => Spend(() => _regex.Match(path) is { Success: true } match ? match.Groups[1].Value : null);

    private T Spend<T>(Func<T> match)
    {
        try
        {
            return _budget.Spend(match);
        }
        catch (TimeoutException e)
        {
            throw TooSlow(_source, e);
        }
    }

    private static CheckpointFormatException TooSlow(string source, Exception inner) => new(
        $"{source} takes too long to match the model's module paths. Write it in a simpler form or as a list of module names.", inner);

    private static string Shorten(string pattern) => pattern.Length <= 120 ? pattern : $"{pattern.AsSpan(0, 120)}…";
}
