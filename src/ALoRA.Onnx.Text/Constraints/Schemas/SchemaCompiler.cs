using System.Text.Json;
using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Makes a program of a schema: one rule for each goal that is reached.</summary>
internal sealed class SchemaCompiler
{
    private const int MaxRules = 20_000;
    private readonly ProgramBuilder _builder = new();
    private readonly SchemaReader _reader;
    private readonly SchemaExpansion _expansion;
    private readonly LiteralValidator _validator;
    private readonly ValueWriter _writer;
    private readonly GoalMaker _goals;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<Goal, int> _rules = [];
    private readonly Queue<Goal> _open = new();
    private readonly List<string> _notes = [];

    private SchemaCompiler(SchemaDocument document, JsonConstraintOptions options, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _reader = new SchemaReader(document, options.UnknownKeywords);
        _expansion = new SchemaExpansion(_reader, new Emptiness(_reader), cancellation);
        TextRules texts = new(cancellation);
        _validator = new LiteralValidator(_expansion, texts);
        _goals = new GoalMaker(_reader);
        _writer = new ValueWriter(_builder, options, _goals, _expansion, _validator, texts, RuleOf, cancellation);
    }

    /// <summary>Makes the program.</summary>
    /// <param name="document">The schema.</param>
    /// <param name="options">How values are written.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <param name="notes">What the schema says that is not looked at, each with its place.</param>
    /// <exception cref="JsonSchemaException">The schema is malformed, can't be enforced, can't be satisfied, or is too large.</exception>
    public static ByteProgram Compile(
        SchemaDocument document, JsonConstraintOptions options, CancellationToken cancellation, out IReadOnlyList<string> notes)
    {
        SchemaCompiler compiler = new(document, options, cancellation);
        foreach (SchemaLocation schema in compiler._reader.ReadAll(cancellation))
        {
            // Finds references that go round in circles, also where only literals would follow them.
            compiler._expansion.Expand(new Goal([new Claim(schema)]));
        }

        ByteProgram program = compiler.Build(compiler._goals.Of([new Claim(document.Root)]));
        notes = [.. compiler._reader.Notes, .. compiler._notes];
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
            _cancellation.ThrowIfCancellationRequested();
            try
            {
                IReadOnlyList<string>? order = _writer.OrderOf(goal, _reader);
                _builder.SetSplit(_rules[goal], [.. Enforceable(goal).SelectMany(one => AddAlternative(one, order, goal))]);
            }
            catch (ProgramLimitException exception)
            {
                throw new JsonSchemaException(goal.Pointer, exception.Message, exception);
            }
        }

        return _builder.Build(start);
    }

    // Of several ways to satisfy a goal, those that can't be enforced are not taken: fewer values are generated then, all of them valid.
    private List<Alternative> Enforceable(Goal goal)
    {
        IReadOnlyList<Alternative> all = _expansion.Expand(goal);
        List<Alternative> enforceable = [.. all.Where(one => one.Facts.All(facts => facts.Refusal is null))];
        if (enforceable.Count < all.Count)
        {
            JsonSchemaException refusal = all.SelectMany(one => one.Facts).First(facts => facts.Refusal is not null).Refusal!;
            if (enforceable.Count == 0)
            {
                throw refusal;
            }

            _notes.Add($"{refusal.Pointer}: values that only this allows are not generated: {refusal.Message}");
        }

        return enforceable;
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

    private List<int> AddAlternative(Alternative alternative, IReadOnlyList<string>? order, Goal goal)
    {
        ValueFacts facts = new(alternative.Facts, _writer.IsOpen);
        return facts.Literals is IReadOnlyList<JsonElement> literals
            ? [_writer.AddLiterals([.. literals.Where(literal => alternative.Facts.All(one => _validator.Holds(one, literal)))], facts)]
            : _writer.Add(alternative, order, goal);
    }
}
