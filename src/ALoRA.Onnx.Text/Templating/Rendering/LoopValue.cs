using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>The <c>loop</c> variable: where a loop is, and the items around the present one.</summary>
internal sealed class LoopValue : FunctionValue
{
    private readonly Recursion? _recursion;
    private readonly Budget _budget;
    private readonly int? _knownLength;
    private IEnumerator<object?> _items;
    private object? _before = MissingValue.Instance;
    private object? _current = MissingValue.Instance;
    private object? _after = MissingValue.Instance;
    private object?[]? _lastChanged;
    private int? _countedLength;
    private int _index0 = -1;

    public LoopValue(object? iterable, Recursion? recursion, Budget budget)
    {
        _items = PythonIteration.Of(iterable, budget).GetEnumerator();
        _knownLength = iterable is string or TemplateValue { Length: not null } ? PythonIteration.Length(iterable) : null;
        _recursion = recursion;
        _budget = budget;
    }

    public override string TypeName => "LoopContext";

    public override int? Length => _knownLength ?? (_countedLength ??= CountRest());

    public override bool IsTrue => Length > 0;

    public object? Current => _current;

    public override bool IsIterable => true;

    /// <summary>What is left of the loop, each item with the loop itself, as Jinja's own loops take them.</summary>
    public override IEnumerable<object?> Iterate(Budget budget)
    {
        while (MoveNext())
        {
            yield return new TupleValue([_current, this]);
        }
    }

    public bool MoveNext()
    {
        object? next = PeekNext();
        if (MissingValue.Is(next))
        {
            return false;
        }

        _after = MissingValue.Instance;
        _index0++;
        (_before, _current) = (_current, next);
        return true;
    }

    public override object? Call(IEvaluation evaluation, Arguments arguments)
    {
        object? items = arguments.Bind("loop", 1, "iterable")[0];
        return _recursion is null
            ? throw TemplateFailure.Type("The loop must have the 'recursive' marker to be called recursively.")
            : _recursion.Run(items);
    }

    public override bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "index" => _index0 + 1L,
            "index0" => (long)_index0,
            "first" => _index0 == 0,
            "last" => MissingValue.Is(PeekNext()),
            "length" => (long)Length!.Value,
            "revindex" => (long)Length!.Value - _index0,
            "revindex0" => (long)Length!.Value - _index0 - 1,
            "depth" => (_recursion?.Depth ?? 0) + 1L,
            "depth0" => (long)(_recursion?.Depth ?? 0),
            "previtem" => _index0 == 0 ? new UndefinedValue("there is no previous item") : _before,
            "nextitem" => MissingValue.Is(PeekNext()) ? new UndefinedValue("there is no next item") : PeekNext(),
            "cycle" => new BuiltinFunction(name, (_, a) => Cycle(a)),
            "changed" => new BuiltinFunction(name, (_, a) => Changed(a)),
            _ => MissingValue.Instance,
        };
        return !MissingValue.Is(value);
    }

    public override void Represent(TextPrinter printer) => printer.Append($"<LoopContext {_index0 + 1}/{Length}>");

    private object? PeekNext()
    {
        if (MissingValue.Is(_after) && _items.MoveNext())
        {
            _after = _items.Current;
        }

        return _after;
    }

    private int CountRest()
    {
        List<object?> rest = [];
        while (_items.MoveNext())
        {
            _budget.Step();
            rest.Add(_items.Current);
        }

        _items = rest.GetEnumerator();
        return rest.Count + _index0 + 1 + (MissingValue.Is(_after) ? 0 : 1);
    }

    private object? Cycle(Arguments arguments)
    {
        object?[] items = arguments.Positional;
        return items.Length == 0 || arguments.Named.Length > 0
            ? throw TemplateFailure.Type("no items for cycling given")
            : items[_index0 % items.Length];
    }

    private object? Changed(Arguments arguments)
    {
        object?[] values = arguments.BindPositional("changed", 0, arguments.Positional.Length);
        bool same = _lastChanged is not null && PythonEquality.AreEqual(new TupleValue(_lastChanged), new TupleValue(values), _budget);
        _lastChanged = values;
        return !same;
    }
}

/// <summary>How a recursive loop runs itself again, and how deep it already is.</summary>
internal sealed record Recursion(Func<object?, object> Run, int Depth);
