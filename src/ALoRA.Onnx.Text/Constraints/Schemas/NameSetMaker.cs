using System.Text.Json;
using ALoRA.Onnx.Constraints.Automata;
using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Finds the names that satisfy what <c>propertyNames</c> says.</summary>
internal sealed class NameSetMaker(TextRules texts, SchemaExpansion expansion, CancellationToken cancellation)
{
    private const int MaxLength = 2_000;
    private const int MaxParts = 60;

    /// <summary>The names of a goal; null if there are none.</summary>
    /// <exception cref="JsonSchemaException">They need too many states.</exception>
    public NameSet? Make(Goal goal)
    {
        SchemaLocation place = new(goal.Pointer, default);
        List<PatternAutomaton> ways = [];
        foreach (Alternative alternative in expansion.Expand(goal))
        {
            if (alternative.Facts.FirstOrDefault(facts => facts.Refusal is not null) is Facts refused)
            {
                throw refused.Refusal!;
            }

            if (alternative.Types.HasFlag(JsonType.String) && Make(alternative, place) is PatternAutomaton way)
            {
                ways.Add(way);
            }
        }

        if (ways.Count > MaxParts)
        {
            throw place.Error($"names can be given in {ways.Count} ways, at most {MaxParts} are possible. Use fewer branches.");
        }

        PatternAutomaton? all = ways.Count == 1 ? ways[0] : PatternProduct.Combine(ways, label => label != 0, place, cancellation);
        return all is null ? null : new NameSet(all);
    }

    private PatternAutomaton? Make(Alternative alternative, SchemaLocation place)
    {
        ValueFacts facts = new(alternative.Facts, open: true);
        string[] excluded = [.. Texts(facts.NotLiterals)];
        if (texts.Build([.. facts.Texts], excluded, place) is not PatternAutomaton automaton)
        {
            return null;
        }

        List<PatternAutomaton> parts = [automaton];
        ulong wanted = 1;
        if (facts.MinLength > 0 || facts.MaxLength >= 0)
        {
            int longest = Math.Max(facts.MinLength, facts.MaxLength);
            if (longest > MaxLength)
            {
                throw new ProgramLimitException($"names of up to {longest} characters can't be enforced, up to {MaxLength} can.");
            }

            wanted |= 1UL << parts.Count;
            parts.Add(PatternAutomaton.OfLength(facts.MinLength, facts.MaxLength));
        }

        foreach (Facts one in alternative.Facts.Where(one => one.Literals is not null))
        {
            parts.Add(PatternAutomaton.Excluding(Texts(one.Literals!)));
        }

        return parts.Count == 1
            ? automaton
            : parts.Count > MaxParts
            ? throw place.Error($"names have more than {MaxParts} conditions. Use fewer.")
            : PatternProduct.Combine(parts, label => label == wanted, place, cancellation);
    }

    private static IEnumerable<string> Texts(IEnumerable<JsonElement> literals) =>
        literals.Where(literal => literal.ValueKind == JsonValueKind.String).Select(literal => literal.GetString()!);
}
