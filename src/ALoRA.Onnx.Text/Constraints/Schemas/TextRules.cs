using System.Text;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Constraints.Schemas.StringFormats;
using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>The automata of patterns and formats, each made once.</summary>
internal sealed class TextRules(CancellationToken cancellation)
{
    private readonly Dictionary<string, PatternAutomaton?> _known = new(StringComparer.Ordinal);

    /// <summary>Whether a text has a pattern or format, or has not if that is asked for.</summary>
    public bool Holds(TextRule rule, string text) => rule.Negated
        ? Single(rule, PatternReading.Wide)?.Matches(CodePoints(text)) != true
        : Single(rule, PatternReading.Narrow)?.Matches(CodePoints(text)) == true;

    /// <summary>Whether a name of a member matches a pattern.</summary>
    public bool IsIn(TextRule rule, string name) => Single(rule, PatternReading.Exact)?.Matches(CodePoints(name)) == true;

    /// <summary>The names that match a pattern; null if none does.</summary>
    public PatternAutomaton? Names(TextRule rule) => Single(rule, PatternReading.Exact);

    /// <summary>The texts that satisfy all rules and are none of some; null if there is none.</summary>
    public PatternAutomaton? Build(IReadOnlyList<TextRule> rules, IReadOnlyCollection<string> excluded, SchemaLocation place)
    {
        cancellation.ThrowIfCancellationRequested();
        TextRule[] wanted = [.. rules.Where(rule => !rule.Negated).DistinctBy(rule => rule.Key)];
        PatternAutomaton? all = wanted.Length switch
        {
            0 => PatternAutomaton.Any,
            1 => Single(wanted[0], PatternReading.Narrow),
            _ when Array.Exists(wanted, rule => rule.IsFormat) => All(wanted, place),
            _ => PatternAutomaton.TryBuild([.. wanted.Select(rule => NodeOf(rule, PatternReading.Narrow))], wanted[0].Place),
        };
        PatternAutomaton[] not =
        [
            .. rules.Where(rule => rule.Negated).DistinctBy(rule => rule.Key)
                .Select(rule => Single(rule, PatternReading.Wide)).OfType<PatternAutomaton>(),
        ];
        return all is null || (not.Length == 0 && excluded.Count == 0)
            ? all
            : PatternProduct.Combine(
                [all, PatternAutomaton.Excluding(excluded), .. not], mask => mask == 3, place, cancellation);
    }

    // Automata of formats are there; making them again together with patterns would take longer.
    private PatternAutomaton? All(TextRule[] rules, SchemaLocation place)
    {
        PatternAutomaton?[] parts = [.. rules.Select(rule => Single(rule, PatternReading.Narrow))];
        ulong all = ulong.MaxValue >> (64 - parts.Length);
        return Array.TrueForAll(parts, part => part is not null)
            ? PatternProduct.Combine(parts!, mask => mask == all, place, cancellation)
            : null;
    }

    private PatternAutomaton? Single(TextRule rule, PatternReading reading)
    {
        string key = $"{(int)reading}{(rule.IsFormat ? "f" : "p")}{rule.Text}";
        if (!_known.TryGetValue(key, out PatternAutomaton? automaton))
        {
            cancellation.ThrowIfCancellationRequested();
            automaton = rule.IsFormat ? FormatOf(rule, reading) : PatternAutomaton.TryBuild([NodeOf(rule, reading)], rule.Place);
            _known.Add(key, automaton);
        }

        return automaton;
    }

    private static PatternAutomaton FormatOf(TextRule rule, PatternReading reading)
    {
        StringFormat format = Formats.Find(rule.Place)!;
        return reading == PatternReading.Wide ? format.Widest : format.Automaton;
    }

    private static PatternNode NodeOf(TextRule rule, PatternReading reading) => PatternReader.Read(rule.Text, rule.Place, reading);

    private static IEnumerable<int> CodePoints(string text) => text.EnumerateRunes().Select((Rune rune) => rune.Value);
}
