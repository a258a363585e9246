using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints.Automata;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Makes a program of a schema: one rule for each goal that is reached.</summary>
internal sealed class SchemaCompiler
{
    private const int MaxRules = 20_000;
    private readonly ProgramBuilder _builder = new();
    private readonly SchemaExpansion _expansion;
    private readonly LiteralValidator _validator;
    private readonly ExclusionCheck _exclusion;
    private readonly JsonConstraintOptions _options;
    private readonly Dictionary<Goal, int> _rules = [];
    private readonly Queue<Goal> _open = new();

    private SchemaCompiler(SchemaDocument document, JsonConstraintOptions options)
    {
        _options = options;
        _expansion = new SchemaExpansion(document);
        _validator = new LiteralValidator(_expansion);
        _exclusion = new ExclusionCheck(_expansion, _validator);
    }

    /// <exception cref="JsonSchemaException">The schema is malformed, can't be enforced, can't be satisfied, or is too large.</exception>
    public static ByteProgram Compile(SchemaDocument document, JsonConstraintOptions options)
    {
        SchemaCompiler compiler = new(document, options);
        foreach (SchemaLocation schema in SchemaChecker.Check(document))
        {
            // Finds references that go round in circles, also where only literals would follow them.
            compiler._expansion.Expand(new Goal([schema]));
        }

        ByteProgram program = compiler.Build(new Goal([document.Root]));
        return program.IsEmpty
            ? throw document.Root.Error(
                $"no value of at most {ByteProgram.MaxDepth} levels satisfies it. Look for what contradicts itself, or requires itself.")
            : program;
    }

    private ByteProgram Build(Goal root)
    {
        int start = RuleOf(root);
        while (_open.TryDequeue(out Goal? goal))
        {
            try
            {
                IReadOnlyList<Alternative> alternatives = _expansion.Expand(goal);
                _builder.SetSplit(_rules[goal], [.. alternatives.SelectMany(AddAlternative)]);
            }
            catch (ProgramLimitException exception)
            {
                throw new JsonSchemaException(goal.Pointer, exception.Message, exception);
            }
        }

        return _builder.Build(start);
    }

    private int RuleOf(Goal goal)
    {
        if (!_rules.TryGetValue(goal, out int rule))
        {
            if (_rules.Count >= MaxRules)
            {
                throw new ProgramLimitException($"there are more than {MaxRules} different values. Use a smaller schema.");
            }

            rule = _builder.Reserve();
            _rules.Add(goal, rule);
            _open.Enqueue(goal);
        }

        return rule;
    }

    private List<int> AddAlternative(Alternative alternative)
    {
        ValueFacts facts = new(alternative.Schemas, _options.OpenObjects);
        if (facts.Literals is IReadOnlyList<JsonElement> literals)
        {
            return [AddLiterals(literals.Where(literal => Satisfies(alternative, literal)))];
        }

        foreach (SchemaLocation branch in alternative.Excluded)
        {
            if (!_exclusion.NeverSatisfies(alternative.Schemas, facts, branch))
            {
                throw branch.Error(
                    "a value may satisfy this branch of oneOf and another one at the same time, or it can't be seen that none does. Use "
                    + "anyOf, or tell the branches apart by type, or by a required property with different constants.");
            }
        }

        return AddTypes(facts);
    }

    private bool Satisfies(Alternative alternative, JsonElement literal) =>
        alternative.Schemas.All(schema => _validator.HasOwn(schema, literal))
            && !alternative.Excluded.Any(branch => _validator.IsValid(branch, literal));

    private int AddLiterals(IEnumerable<JsonElement> literals) => TextTrie.Add(
        _builder,
        literals.Select(literal =>
        {
            StringBuilder text = new();
            SchemaText.Write(text, literal, _options.Spacing);
            return Encoding.UTF8.GetBytes(text.ToString());
        }),
        _builder.Return);

    private List<int> AddTypes(ValueFacts facts)
    {
        List<int> starts = [];
        JsonType types = facts.Types;
        int end = _builder.Return;
        if (types.HasFlag(JsonType.Null))
        {
            starts.Add(_builder.Literal("null"u8, end));
        }

        if (types.HasFlag(JsonType.Boolean))
        {
            starts.Add(_builder.Literal("true"u8, end));
            starts.Add(_builder.Literal("false"u8, end));
        }

        if ((types & JsonType.Number) != JsonType.None)
        {
            starts.Add(new NumberWriter(_builder).Add(facts.Range, isInteger: !types.HasFlag(JsonType.Fraction), end));
        }

        if (types.HasFlag(JsonType.String))
        {
            starts.Add(AddString(facts, end));
        }

        ContainerWriter containers = new(_builder, _options.Spacing, RuleOf);
        if (types.HasFlag(JsonType.Array))
        {
            starts.Add(containers.AddArray(facts, end));
        }

        if (types.HasFlag(JsonType.Object))
        {
            starts.Add(containers.AddObject(facts, end));
        }

        return starts;
    }

    private int AddString(ValueFacts facts, int end)
    {
        (SchemaLocation Place, PatternNode Pattern)[] patterns = [.. facts.Patterns];
        PatternAutomaton? automaton = patterns.Length == 0
            ? PatternAutomaton.Any
            : PatternAutomaton.TryBuild([.. patterns.Select(one => one.Pattern)], patterns[0].Place);
        return automaton is null
            ? _builder.Split()
            : new QuotedTextWriter(_builder).Add(automaton, facts.MinLength, facts.MaxLength, anyEscape: patterns.Length == 0, end);
    }
}
