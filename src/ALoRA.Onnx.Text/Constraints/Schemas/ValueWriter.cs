using System.Text.Json;
using ALoRA.Onnx.Constraints.Automata;
using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Adds the values that satisfy the facts of an alternative to a program.</summary>
internal sealed class ValueWriter
{
    private const int MaxDifferent = 10;
    private const int MaxNamesOfBranches = 20_000;
    private readonly ProgramBuilder _builder;
    private readonly GoalMaker _goals;
    private readonly SchemaExpansion _expansion;
    private readonly LiteralValidator _validator;
    private readonly TextRules _texts;
    private readonly ArrayWriter _arrays;
    private readonly ObjectWriter _objects;
    private readonly LiteralWriter _literals;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<string, int> _scalars = new(StringComparer.Ordinal);
    private readonly Dictionary<Goal, NameSet> _names = [];

    public ValueWriter(
        ProgramBuilder builder, JsonConstraintOptions options, GoalMaker goals, SchemaExpansion expansion, LiteralValidator validator,
        TextRules texts, Func<Goal, int> ruleOf, CancellationToken cancellation)
    {
        _builder = builder;
        _goals = goals;
        _expansion = expansion;
        _validator = validator;
        _texts = texts;
        _cancellation = cancellation;
        IsOpen = options.OpenObjects;
        Punctuation marks = new(builder, options.Spacing);
        _arrays = new ArrayWriter(marks, goals, ruleOf);
        _objects = new ObjectWriter(marks, goals, ruleOf);
        _literals = new LiteralWriter(marks, options);
    }

    public bool IsOpen { get; }

    /// <summary>The order in which names are written in objects of a goal; null where every alternative has its own.</summary>
    public IReadOnlyList<string>? OrderOf(Goal goal, SchemaReader reader)
    {
        IReadOnlyList<string> order = new NameOrder(reader).Of(goal);

        // With many branches of many members each, every branch keeps to its own.
        return (long)order.Count * _expansion.Expand(goal).Count <= MaxNamesOfBranches ? order : null;
    }

    public int AddLiterals(IReadOnlyList<JsonElement> literals, ValueFacts facts) =>
        _literals.Add(literals, facts.IsStrictInteger, _builder.Return);

    public List<int> Add(Alternative alternative, IReadOnlyList<string>? order, Goal goal)
    {
        ValueFacts facts = new(alternative.Facts, IsOpen);
        List<int> starts = [];
        JsonType types = facts.Types;
        int end = _builder.Return;
        JsonElement[] not = [.. facts.NotLiterals];
        foreach ((JsonType type, JsonValueKind kind, string text) in new[]
            {
                (JsonType.Null, JsonValueKind.Null, "null"), (JsonType.Boolean, JsonValueKind.True, "true"),
                (JsonType.Boolean, JsonValueKind.False, "false"),
            })
        {
            if (types.HasFlag(type) && !not.Any(literal => literal.ValueKind == kind))
            {
                starts.Add(_builder.Literal(System.Text.Encoding.ASCII.GetBytes(text), end));
            }
        }

        if ((types & JsonType.Number) != JsonType.None)
        {
            starts.Add(AddNumber(facts, not, goal, end));
        }

        if (types.HasFlag(JsonType.String))
        {
            starts.Add(AddString(facts, not, goal, end));
        }

        if (types.HasFlag(JsonType.Array))
        {
            starts.Add(AddArray(facts, end));
        }

        if (types.HasFlag(JsonType.Object))
        {
            starts.Add(_objects.Add(
                ObjectPlan.Make(
                    facts, order, new PlanTools(_goals, _texts, NamesOf), new SchemaLocation(goal.Pointer, default), _cancellation),
                end));
        }

        return starts;
    }

    private int AddNumber(ValueFacts facts, JsonElement[] not, Goal goal, int end)
    {
        JsonType kind = facts.Types & JsonType.Number;
        SchemaLocation place = new(goal.Pointer, default);
        List<Multiple> multiples = [.. facts.Multiples];
        NumberForm form = IsOpen ? NumberForm.Any : NumberForm.Usual;
        if (kind == JsonType.Integer && (!IsOpen || facts.IsStrictInteger))
        {
            form = NumberForm.Whole;
        }

        if (kind != JsonType.Number && form != NumberForm.Whole)
        {
            multiples.Add(new Multiple(new DecimalNumber(1, 0), kind == JsonType.Fraction, place));
        }

        List<NumberRange> ranges = [facts.Range];
        foreach (DecimalNumber number in not.Where(one => one.ValueKind == JsonValueKind.Number)
            .Select(one => DecimalNumber.TryParse(one)).OfType<DecimalNumber>())
        {
            ranges = [.. ranges.SelectMany(range => !range.Contains(number)
                ? [range]
                : (NumberRange[])[range.AtMost(number, excluded: true), range.AtLeast(number, excluded: true)])];
        }

        string key = $"n {form} {string.Join(' ', multiples.Select(one => $"{one.Negated}{one.Divisor}"))} {string.Join(' ', ranges)}";
        return Shared(
            key, () => _builder.Split([.. ranges.Select(range => new NumberWriter(_builder).Add(range, multiples, form, end))]));
    }

    private int AddString(ValueFacts facts, JsonElement[] not, Goal goal, int end)
    {
        TextRule[] rules = [.. facts.Texts];
        string[] excluded = [.. not.Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)];
        string key = $"s {facts.MinLength} {facts.MaxLength} {excluded.Length} {string.Join('\n', rules.Select(rule => rule.Key))}\0"
            + string.Join('\0', excluded);
        return Shared(key, () =>
        {
            PatternAutomaton? automaton = _texts.Build(
                rules, excluded, rules.Length > 0 ? rules[0].Place : new SchemaLocation(goal.Pointer, default));
            bool isFree = rules.Length == 0 && excluded.Length == 0;
            return automaton is null
                ? _builder.Split()
                : new QuotedTextWriter(_builder).Add(automaton, facts.MinLength, facts.MaxLength, anyEscape: isFree, end);
        });
    }

    private int Shared(string key, Func<int> add)
    {
        if (!_scalars.TryGetValue(key, out int start))
        {
            start = add();
            _scalars.Add(key, start);
        }

        return start;
    }

    private int AddArray(ValueFacts facts, int end)
    {
        if (facts.Unique is not SchemaLocation unique || facts.MaxItems is 0 or 1)
        {
            return _arrays.Add(facts, end);
        }

        List<JsonElement>? values = facts.PrefixLength == 0 && !facts.Contains.Any()
            ? ValuesOf(_goals.Of(facts.Item(0)))
            : null;
        if (values is null || values.Count > MaxDifferent)
        {
            throw unique.Error(
                $"that items differ can be enforced for at most {MaxDifferent} possible values, such as those of an enum, and for at most "
                + "one item. Remove it, or give the items an enum.");
        }

        return _arrays.AddDifferent(
            [.. values.Select(value => _literals.Add([value], facts.IsStrictInteger, _builder.Return))], facts.MinItems, facts.MaxItems,
            end);
    }

    // All values that satisfy a goal, if these are few.
    private List<JsonElement>? ValuesOf(Goal goal)
    {
        List<JsonElement> values = [];
        foreach (Alternative alternative in _expansion.Expand(goal))
        {
            ValueFacts facts = new(alternative.Facts, IsOpen);
            IReadOnlyList<JsonElement>? candidates = facts.Literals;
            if (candidates is null)
            {
                if ((facts.Types & ~(JsonType.Null | JsonType.Boolean)) != JsonType.None)
                {
                    return null;
                }

                candidates = LiteralWriter.Constants;
            }

            foreach (JsonElement value in candidates.Where(one => alternative.Facts.All(part => _validator.Holds(part, one))))
            {
                if (!values.Exists(known => JsonElement.DeepEquals(known, value)))
                {
                    values.Add(value);
                }

                if (values.Count > MaxDifferent)
                {
                    return null;
                }
            }
        }

        return values;
    }

    private NameSet? NamesOf(Goal goal)
    {
        if (goal.Claims.Count == 0)
        {
            return null;
        }

        if (!_names.TryGetValue(goal, out NameSet? names))
        {
            names = new NameSetMaker(_texts, _expansion, _cancellation).Make(goal) ?? NameSet.None;
            _names.Add(goal, names);
        }

        return names;
    }
}
