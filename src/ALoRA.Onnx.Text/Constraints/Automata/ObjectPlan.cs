using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>A member with a fixed place, or a group of other members.</summary>
/// <param name="Goal">What its value satisfies.</param>
/// <param name="Claims">The same as claims.</param>
/// <param name="Some">Bits of the members that must be somewhere, one of which this may be.</param>
internal sealed record MemberPlan(Goal Goal, IReadOnlyList<Claim> Claims, int Some);

/// <summary>What is needed for plans of objects.</summary>
/// <param name="Goals">Makes goals of claims.</param>
/// <param name="Texts">Patterns.</param>
/// <param name="NamesOf">The names that satisfy a goal; null if all do.</param>
internal sealed record PlanTools(GoalMaker Goals, TextRules Texts, Func<Goal, NameSet?> NamesOf);

/// <summary>Which members an object of some facts may have.</summary>
internal sealed class ObjectPlan
{
    private const int MaxParts = 60;
    private readonly ValueFacts _facts;
    private readonly PlanTools _tools;
    private readonly NameSet?[] _someNames;

    private ObjectPlan(ValueFacts facts, PlanTools tools)
    {
        _facts = facts;
        _tools = tools;
        Some = [.. facts.Objects.SelectMany(one => one.Some)];
        _someNames = [.. Some.Select(some => some.Names is Claim names ? tools.NamesOf(tools.Goals.Of([names])) : null)];
        Required = new HashSet<string>(facts.Objects.SelectMany(one => one.Required), StringComparer.Ordinal);
        Min = facts.Objects.Select(one => one.Min).Append(0).Max();
        Max = facts.Objects.Select(one => one.Max).Where(max => max >= 0).Append(int.MaxValue).Min();
    }

    /// <summary>Members with a fixed place, in their order.</summary>
    public List<(string Name, MemberPlan Plan)> Members { get; } = [];

    /// <summary>Members that are required, and stand anywhere behind those with a fixed place.</summary>
    public List<(string Name, MemberPlan Plan)> Floating { get; } = [];

    public HashSet<string> Required { get; }

    /// <summary>Members that must be somewhere.</summary>
    public IReadOnlyList<SomeMember> Some { get; }

    public int Min { get; }

    public int Max { get; }

    /// <summary>The names of other members, with a label for each group; null if there are none, or all names but some.</summary>
    public PatternAutomaton? OtherNames { get; private set; }

    /// <summary>The only names that other members do not have, if all of them are in one group; else null.</summary>
    public IReadOnlyList<string>? TakenNames { get; private set; }

    /// <summary>Whether there are other members.</summary>
    public bool HasOthers => OtherNames is not null || TakenNames is not null;

    /// <summary>The groups of other members by label.</summary>
    public Dictionary<ulong, MemberPlan> Others { get; } = [];

    /// <summary>Whether a member that is required can't be.</summary>
    public bool IsImpossible { get; private set; }

    /// <summary>Plans an object.</summary>
    /// <param name="facts">Its facts.</param>
    /// <param name="order">Names in the order in which they are written; null for that of the facts.</param>
    /// <param name="tools">What is needed.</param>
    /// <param name="place">Where to point when it would be too large.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static ObjectPlan Make(
        ValueFacts facts, IReadOnlyList<string>? order, PlanTools tools, SchemaLocation place, CancellationToken cancellation)
    {
        ObjectPlan plan = new(facts, tools);
        NameSet? names = tools.NamesOf(tools.Goals.Of(facts.Objects.SelectMany(one => one.NamesClaims)));
        HashSet<string> declared = new(facts.Objects.SelectMany(one => one.Names.Concat(one.Required)), StringComparer.Ordinal);
        declared.UnionWith(plan.Some.SelectMany(some => some.Of.Names));
        HashSet<string> ordered = new(order ?? [], StringComparer.Ordinal);
        IEnumerable<string> own =
            (order ?? []).Where(name => facts.IsOpen || declared.Contains(name)).Union(declared, StringComparer.Ordinal);
        List<string> all = [];
        foreach (string name in own)
        {
            all.Add(name);
            MemberPlan member = plan.MemberOf(name, null, rule => tools.Texts.IsIn(rule, name));
            bool isPossible = !member.Goal.IsNever && names?.Contains(name) != false;
            plan.IsImpossible |= !isPossible && plan.Required.Contains(name);
            if (!isPossible)
            {
                continue;
            }

            // What is required but named nowhere in the schema may stand anywhere behind the others.
            bool floats = facts.IsOpen && order is not null && plan.Required.Contains(name) && !ordered.Contains(name)
                && plan.Some.Count + plan.Floating.Count < ObjectWriter.MaxSome;
            (floats ? plan.Floating : plan.Members).Add((name, member));
        }

        plan.PlanOthers(all, names, place, cancellation);
        return plan;
    }

    // Of a name, or of the other names with a label of which each part has a bit.
    private MemberPlan MemberOf(string? name, Func<int, bool>? isSome, Func<TextRule, bool> matches)
    {
        Claim[] claims = [.. _facts.Objects.SelectMany(one => one.ClaimsOf(name, matches))];
        int some = 0;
        for (int i = 0; i < Some.Count; i++)
        {
            bool isIn = Some[i].Names is null
                ? Some[i].Of.IsIn(Some[i].Pattern, name, matches)
                : name is null ? isSome!(i) : _someNames[i]?.Contains(name) != false;
            some |= isIn ? 1 << i : 0;
        }

        return new MemberPlan(_tools.Goals.Of(claims), claims, some);
    }

    private void PlanOthers(
        List<string> named, NameSet? names, SchemaLocation place, CancellationToken cancellation)
    {
        TextRule[] patterns =
        [
            .. _facts.Objects.Concat(Some.Select(one => one.Of)).SelectMany(one => one.Patterns).Select(one => one.Pattern)
                .DistinctBy(rule => rule.Key, StringComparer.Ordinal),
        ];
        if (patterns.Length > MaxParts)
        {
            throw new ProgramLimitException($"there are more than {MaxParts} patterns of names. Use fewer.");
        }

        bool allowsUnnamed = _facts.IsOpen
            || (Members.Count == 0 && patterns.Length == 0)
            || Some.Count > 0
            || Min > Members.Count + Floating.Count
            || _facts.Objects.Any(one => one.Others is not null);
        if (names is { Automaton: null })
        {
            return;
        }

        // The first two parts are the names that are not taken, and those that are allowed at all.
        List<PatternAutomaton> parts = [];
        int[] bits = new int[patterns.Length];
        for (int i = 0; i < patterns.Length; i++)
        {
            PatternAutomaton? automaton = _tools.Texts.Names(patterns[i]);
            bits[i] = automaton is null ? -1 : parts.Count + 2;
            parts.AddRange(automaton is null ? [] : [automaton]);
        }

        ulong patternBits = bits.Where(bit => bit >= 0).Aggregate(0UL, (all, bit) => all | (1UL << bit));
        int[] someBits = [.. _someNames.Select((set, index) =>
        {
            if (Some[index].Names is null || set is { Automaton: null })
            {
                return -1;
            }

            parts.Add(set?.Automaton ?? PatternAutomaton.Any);
            return parts.Count + 1;
        })];

        bool Keep(ulong label)
        {
            if ((label & 3) != 3 || ((label & patternBits) == 0 && !allowsUnnamed))
            {
                return false;
            }

            if (!Others.TryGetValue(label, out MemberPlan? plan))
            {
                bool Has(int bit) => bit >= 0 && (label & (1UL << bit)) != 0;
                plan = MemberOf(
                    null, index => Has(someBits[index]),
                    rule => Has(bits[System.Array.FindIndex(patterns, pattern => pattern.Key == rule.Key)]));
                Others.Add(label, plan);
            }

            return !plan.Goal.IsNever;
        }

        if (parts.Count == 0 && names is null)
        {
            // The usual case: it needs no automaton.
            if (Keep(3))
            {
                TakenNames = named;
            }
        }
        else if (allowsUnnamed || patterns.Length > 0)
        {
            OtherNames = PatternProduct.Combine(
                [PatternAutomaton.Excluding(named), names is null ? PatternAutomaton.Any : names.Automaton!, .. parts], Keep, place,
                cancellation);
        }
    }
}
