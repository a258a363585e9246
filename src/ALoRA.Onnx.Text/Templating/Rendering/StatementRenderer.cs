using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Scoping;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>Walks a template's statements and writes text.</summary>
internal sealed class StatementRenderer
{
    private readonly TemplateRoot _template;
    private readonly RenderState _state;
    private readonly ExpressionEvaluator _expressions;

    public StatementRenderer(TemplateRoot template, RenderState state)
    {
        _template = template;
        _state = state;
        _expressions = new ExpressionEvaluator(state);
    }

    public string Render()
    {
        _state.Start(_state.Frame);
        SetSelf(_state.Frame);
        Execute(_template.Body);
        return _state.Text;
    }

    /// <summary>Runs a macro's body in a scope below the one it was defined in and gives its text, safe if its caller escapes.</summary>
    public object RunMacro(MacroDefinition macro, Frame definedIn, Escaping escaping, Action<Frame> bind)
    {
        _state.EnterCall();
        (Frame caller, int line, Escaping callersEscaping, bool isSafe) = (_state.Frame, _state.Line, _state.Escaping, _state.Autoescape);
        _state.Escaping = escaping;
        Frame scope = new(macro.Scope, definedIn);
        _state.Start(scope);
        bind(scope);
        _state.Frame = scope;
        StringBuilder outer = _state.BeginCapture();
        for (int i = 0; i < macro.Parameters.Length; i++)
        {
            int slot = macro.ParameterSlots[i];
            if (MissingValue.Is(scope.Slots[slot]))
            {
                scope.Slots[slot] = macro.DefaultOf(i) is Expression value
                    ? _expressions.Evaluate(value)
                    : new UndefinedValue($"parameter '{macro.Parameters[i].Name}' was not provided");
            }
        }

        Execute(macro.Body);
        string text = _state.EndCapture(outer);
        (_state.Frame, _state.Line, _state.Escaping) = (caller, line, callersEscaping);
        _state.LeaveCall();
        return Captured(text, isSafe);
    }

    /// <summary>Renders a block apart, as <c>self.name()</c> does.</summary>
    public object CaptureBlock(BlockStatement block)
    {
        StringBuilder outer = _state.BeginCapture();
        Block(block);
        return Captured(_state.EndCapture(outer), _state.Autoescape);
    }

    private Flow Execute(Statement[] body)
    {
        foreach (Statement statement in body)
        {
            Flow flow = Execute(statement);
            if (flow != Flow.Normal)
            {
                return flow;
            }
        }

        return Flow.Normal;
    }

    private Flow Execute(Statement statement)
    {
        _state.Budget.Step();
        _state.Line = statement.Line;
        switch (statement)
        {
            case TextStatement text:
                _state.Write(text.Text);
                return Flow.Normal;
            case PrintStatement print:
                Print(_expressions.Evaluate(print.Value));
                return Flow.Normal;
            case IfStatement branches:
                return If(branches);
            case ForStatement loop:
                return For(loop);
            case SetStatement set:
                _expressions.Assign(set.Target, _expressions.Evaluate(set.Value), _state.Frame);
                return Flow.Normal;
            case SetBlockStatement set:
                return SetBlock(set);
            case MacroStatement macro:
                _expressions.Assign(macro.Target, MacroOf(macro.Macro), _state.Frame);
                return Flow.Normal;
            case CallBlockStatement call:
                CallBlock(call);
                return Flow.Normal;
            case FilterBlockStatement filter:
                return FilterBlock(filter);
            case WithStatement with:
                return With(with);
            case BlockStatement block:
                Block(block);
                return Flow.Normal;
            case AutoescapeStatement autoescape:
                return ExecuteAutoescape(autoescape);
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            case LoadStatement load:
                _expressions.Evaluate(load.Template);
                throw TemplateFailure.Type(
                    $"'{load.Tag}' needs another template, and a chat template has none: no loader for this environment specified");
            default:
                throw new InvalidOperationException($"Unknown statement {statement.GetType().Name}.");
        }
    }

    private void Print(object? value) =>
        _state.Write(_state.EscapesOutput ? MarkupValue.Escape(value, _state.Budget).Text : TextPrinter.Print(value, _state.Budget));

    private void WriteRaw(object? value) => _state.Write(PythonText.Of(value)
        ?? throw TemplateFailure.Type($"sequence item 0: expected str instance, {PythonType.NameOf(value)} found"));

    private static object Captured(string text, bool isSafe) => isSafe ? new MarkupValue(text) : text;

    private Flow If(IfStatement statement)
    {
        foreach ((Expression test, Statement[] body) in statement.Branches)
        {
            if (PythonTruth.Of(_expressions.Evaluate(test)))
            {
                return Execute(body);
            }
        }

        return Execute(statement.Else);
    }

    private Flow SetBlock(SetBlockStatement set)
    {
        Frame frame = _state.Enter(set.Scope);
        StringBuilder outer = _state.BeginCapture();
        Flow flow = Execute(set.Body);
        string text = _state.EndCapture(outer);
        object? value = flow != Flow.Normal ? null
            : set.Filter is null ? Captured(text, _state.Autoescape)
            : Safe(_expressions.Calls.Filter(set.Filter, Captured(text, _state.EscapesOutput)));
        _state.Leave(frame);
        if (flow == Flow.Normal)
        {
            _expressions.Assign(set.Target, value, _state.Frame);
        }

        return flow;
    }

    // The result of a filter over a captured block becomes text where Jinja makes markup of it.
    private object? Safe(object? value) =>
        _state.Autoescape && value is not MarkupValue ? new MarkupValue(TextPrinter.Print(value, _state.Budget)) : value;

    private Flow FilterBlock(FilterBlockStatement filter)
    {
        Frame frame = _state.Enter(filter.Scope);
        StringBuilder outer = _state.BeginCapture();
        Flow flow = Execute(filter.Body);
        string text = _state.EndCapture(outer);
        if (flow == Flow.Normal)
        {
            WriteRaw(_expressions.Calls.Filter(filter.Filter, Captured(text, _state.EscapesOutput)));
        }

        _state.Leave(frame);
        return flow;
    }

    private Flow With(WithStatement with)
    {
        Frame outer = _state.Frame;
        Frame frame = _state.Enter(with.Scope);
        foreach ((Expression target, Expression value) in with.Variables)
        {
            _state.Frame = outer;
            object? evaluated = _expressions.Evaluate(value);
            _state.Frame = frame;
            _expressions.Assign(target, evaluated, frame);
        }

        Flow flow = Execute(with.Body);
        _state.Leave(frame);
        return flow;
    }

    private Flow ExecuteAutoescape(AutoescapeStatement statement)
    {
        Frame frame = _state.Enter(statement.Scope);
        (bool outer, Escaping outerEscaping) = (_state.Autoescape, _state.Escaping);
        _state.Autoescape = PythonTruth.Of(_expressions.Evaluate(statement.Enabled));
        _state.Escaping = outerEscaping == Escaping.AsCalled || !Children.IsConstant(statement.Enabled) ? Escaping.AsCalled
            : _state.Autoescape ? Escaping.Always
            : Escaping.Never;
        Flow flow = Execute(statement.Body);
        _state.Escaping = outerEscaping;
        if (flow == Flow.Normal)
        {
            // A break or continue leaves the body of Jinja's code before it is taken back.
            _state.Autoescape = outer;
        }

        _state.Leave(frame);
        return flow;
    }

    private void CallBlock(CallBlockStatement statement)
    {
        MacroValue caller = MacroOf(statement.Caller);
        WriteRaw(statement.Call is null
            ? caller.Call(_state, Arguments.None)
            : _expressions.Calls.Call(
                _expressions.Evaluate(statement.Call.Target),
                With(_expressions.Calls.Evaluate(statement.Call.Arguments), "caller", caller)));
    }

    private MacroValue MacroOf(MacroDefinition macro) => new(this, macro, _state.Frame, _state.Escaping);

    private static Arguments With(Arguments arguments, string name, object? value) => MissingValue.Is(arguments.Find(name))
        ? arguments with { Named = [.. arguments.Named, (name, value)] }
        : throw TemplateFailure.Type($"got multiple values for keyword argument '{name}'");

    /// <summary>A block sees what the template itself assigned so far; a scoped one also what the scopes around it hold.</summary>
    private void Block(BlockStatement block)
    {
        if (block.Required)
        {
            throw TemplateFailure.Runtime($"Required block '{block.Name}' not found");
        }

        _state.EnterCall();
        (Frame outer, DictValue? outerVariables, Escaping escaping) = (_state.Frame, _state.BlockVariables, _state.Escaping);
        DictValue variables = outerVariables?.Copy(_state.Budget) ?? new DictValue(_state.Budget);
        (block.Scoped ? outer : outer.Root).CopyTo(variables);
        _state.BlockVariables = variables;
        _state.Escaping = Escaping.Never;
        _state.Frame = new Frame(block.Scope, null);
        _state.Start(_state.Frame);
        SetSelf(_state.Frame);
        Execute(block.Body);
        (_state.Frame, _state.BlockVariables, _state.Escaping) = (outer, outerVariables, escaping);
        _state.LeaveCall();
    }

    private void SetSelf(Frame frame)
    {
        int self = Array.IndexOf(frame.Layout.Names, "self");
        if (self >= 0 && frame.Layout.Starts[self].Kind == SlotStartKind.Parameter)
        {
            frame.Slots[self] = new TemplateReference(this, _template.Blocks);
        }
    }

    private Flow For(ForStatement loop)
    {
        object? iterable = _expressions.Evaluate(loop.Iterable);
        if (loop.Recursive)
        {
            _state.Write(RunRecursive(loop, iterable, 0, _state.Frame, _state.Escaping));
            return Flow.Normal;
        }

        return Run(loop, iterable, null);
    }

    /// <summary>Runs a recursive loop apart and gives its text; <c>loop(items)</c> comes here again.</summary>
    private string RunRecursive(ForStatement loop, object? iterable, int depth, Frame outerFrame, Escaping escaping)
    {
        _state.EnterCall();
        (Frame frame, int line, Escaping callersEscaping) = (_state.Frame, _state.Line, _state.Escaping);
        (_state.Frame, _state.Escaping) = (outerFrame, escaping);
        StringBuilder outer = _state.BeginCapture();
        Recursion recursion = new(
            items => Captured(RunRecursive(loop, items, depth + 1, outerFrame, escaping), _state.Escapes(escaping)), depth);
        Run(loop, iterable, recursion);
        (_state.Frame, _state.Line, _state.Escaping) = (frame, line, callersEscaping);
        _state.LeaveCall();
        return _state.EndCapture(outer);
    }

    private Flow Run(ForStatement loop, object? iterable, Recursion? recursion)
    {
        object? items = loop.Test is null ? iterable : new IteratorValue(Filtered(loop, iterable, _state.Frame));
        Frame frame = new(loop.BodyScope, _state.Frame);
        LoopValue? position = loop.LoopSlot >= 0 ? new LoopValue(items, recursion, _state.Budget) : null;
        using IEnumerator<object?>? plain = position is null ? PythonIteration.Of(items, _state.Budget).GetEnumerator() : null;
        bool finishedPass = false;
        Frame outer = _state.Frame;
        while (position is null ? plain!.MoveNext() : position.MoveNext())
        {
            _state.Budget.Step();
            object? item = position is null ? plain!.Current : position.Current;
            _state.Frame = frame;
            _state.Start(frame);
            if (position is not null)
            {
                frame.Slots[loop.LoopSlot] = position;
            }

            _expressions.Assign(loop.Target, item, frame);
            Flow flow = Execute(loop.Body);
            _state.Frame = outer;
            if (flow == Flow.Break)
            {
                break;
            }

            finishedPass |= flow == Flow.Normal;
        }

        Array.Fill(frame.Slots, MissingValue.Instance);
        return finishedPass || loop.Else.Length == 0 ? Flow.Normal : Else(loop);
    }

    private Flow Else(ForStatement loop)
    {
        Frame frame = _state.Enter(loop.ElseScope);
        Flow flow = Execute(loop.Else);
        _state.Leave(frame);
        return flow;
    }

    /// <summary>The items that pass the loop's own <c>if</c>, tested one at a time while the loop runs.</summary>
    private IEnumerable<object?> Filtered(ForStatement loop, object? iterable, Frame outer)
    {
        Frame frame = new(loop.TestScope, outer);
        bool started = false;
        foreach (object? item in PythonIteration.Of(iterable, _state.Budget))
        {
            _state.Budget.Step();
            Frame current = _state.Frame;
            _state.Frame = frame;
            if (!started)
            {
                _state.Start(frame);
                started = true;
            }

            _expressions.Assign(loop.TestTarget!, item, frame);
            bool passes = PythonTruth.Of(_expressions.Evaluate(loop.Test!));
            object? kept = passes ? Rebuild(loop.TestTarget!, frame) : null;
            _state.Frame = current;
            if (passes)
            {
                yield return kept;
            }
        }
    }

    private static object? Rebuild(Expression target, Frame frame) => target switch
    {
        NameExpression name => frame.Slots[name.Slot],
        TupleExpression tuple => new TupleValue(Array.ConvertAll(tuple.Items, item => Rebuild(item, frame))),
        _ => throw TemplateFailure.Runtime("a loop's target must be names"),
    };
}

/// <summary>The <c>self</c> variable: the template's blocks by name, each callable.</summary>
internal sealed class TemplateReference(StatementRenderer renderer, IReadOnlyDictionary<string, BlockStatement> blocks) : TemplateValue
{
    public override string TypeName => "TemplateReference";

    public override bool IsTrue => true;

    public override bool TryGetItem(object? key, Budget budget, out object? value)
    {
        value = PythonText.Of(key) is string name && blocks.TryGetValue(name, out BlockStatement? block)
            ? new BuiltinFunction(name, (_, _) => renderer.CaptureBlock(block))
            : null;
        return value is not null;
    }
}

/// <summary>How a body ended.</summary>
internal enum Flow
{
    Normal,
    Break,
    Continue,
}
