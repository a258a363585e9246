using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Rendering;

internal sealed partial class Renderer
{
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
        Budget.Step();
        Line = statement.Line;
        switch (statement)
        {
            case TextStatement text:
                Write(text.Text);
                return Flow.Normal;
            case PrintStatement print:
                Print(Evaluate(print.Value));
                return Flow.Normal;
            case IfStatement branches:
                return If(branches);
            case ForStatement loop:
                return For(loop);
            case SetStatement set:
                Assign(set.Target, Evaluate(set.Value), _frame);
                return Flow.Normal;
            case SetBlockStatement set:
                return SetBlock(set);
            case MacroStatement macro:
                Assign(macro.Target, new MacroValue(macro.Macro, _frame, Autoescape), _frame);
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
                Evaluate(load.Template);
                throw TemplateFailure.Type(
                    $"'{load.Tag}' needs another template, and a chat template has none: no loader for this environment specified");
            default:
                throw new InvalidOperationException($"Unknown statement {statement.GetType().Name}.");
        }
    }

    private void Print(object? value) => Write(Autoescape ? MarkupValue.Escape(value, Budget).Text : TextPrinter.Print(value, Budget));

    private void WriteRaw(object? value) => Write(PythonText.Of(value)
        ?? throw TemplateFailure.Type($"sequence item 0: expected str instance, {PythonType.NameOf(value)} found"));

    private object Captured(string text) => Autoescape ? new MarkupValue(text) : text;

    private Flow If(IfStatement statement)
    {
        foreach ((Expression test, Statement[] body) in statement.Branches)
        {
            if (PythonTruth.Of(Evaluate(test)))
            {
                return Execute(body);
            }
        }

        return Execute(statement.Else);
    }

    private Flow SetBlock(SetBlockStatement set)
    {
        Frame frame = Enter(set.Scope);
        StringBuilder outer = BeginCapture();
        Flow flow = Execute(set.Body);
        string text = EndCapture(outer);
        object? value = flow != Flow.Normal ? null : set.Filter is null ? Captured(text) : EvaluateFilter(set.Filter, Captured(text));
        Leave(frame);
        if (flow == Flow.Normal)
        {
            Assign(set.Target, value, _frame);
        }

        return flow;
    }

    private Flow FilterBlock(FilterBlockStatement filter)
    {
        Frame frame = Enter(filter.Scope);
        StringBuilder outer = BeginCapture();
        Flow flow = Execute(filter.Body);
        string text = EndCapture(outer);
        if (flow == Flow.Normal)
        {
            WriteRaw(EvaluateFilter(filter.Filter, Captured(text)));
        }

        Leave(frame);
        return flow;
    }

    private Flow With(WithStatement with)
    {
        Frame outer = _frame;
        Frame frame = Enter(with.Scope);
        foreach ((Expression target, Expression value) in with.Variables)
        {
            _frame = outer;
            object? evaluated = Evaluate(value);
            _frame = frame;
            Assign(target, evaluated, frame);
        }

        Flow flow = Execute(with.Body);
        Leave(frame);
        return flow;
    }

    private Flow ExecuteAutoescape(AutoescapeStatement statement)
    {
        Frame frame = Enter(statement.Scope);
        bool outer = Autoescape;
        Autoescape = PythonTruth.Of(Evaluate(statement.Enabled));
        Flow flow = Execute(statement.Body);
        Autoescape = outer;
        Leave(frame);
        return flow;
    }

    private void CallBlock(CallBlockStatement statement)
    {
        MacroValue caller = new(statement.Caller, _frame, Autoescape);
        WriteRaw(statement.Call is null
            ? caller.Call(this, Arguments.None)
            : Call(Evaluate(statement.Call.Target), With(EvaluateArguments(statement.Call.Arguments), "caller", caller)));
    }

    private static Arguments With(Arguments arguments, string name, object? value) => MissingValue.Is(arguments.Find(name))
        ? arguments with { Named = [.. arguments.Named, (name, value)] }
        : throw TemplateFailure.Type($"got multiple values for keyword argument '{name}'");

    private void Assign(Expression target, object? value, Frame frame)
    {
        switch (target)
        {
            case NameExpression name:
                frame.Outer(name.Depth).Slots[name.Slot] = value;
                break;
            case NamespaceTarget reference:
                if (Read(reference.Namespace) is not NamespaceValue attributes)
                {
                    throw TemplateFailure.Runtime(
                        $"cannot assign attribute '{reference.Attribute}' on non-namespace object '{reference.Namespace.Name}'");
                }

                attributes.Set(reference.Attribute, value);
                break;
            case TupleExpression tuple:
                Unpack(tuple, value, frame);
                break;
        }
    }

    private void Unpack(TupleExpression targets, object? value, Frame frame)
    {
        if (!PythonIteration.IsIterable(value))
        {
            throw TemplateFailure.Type($"cannot unpack non-iterable {PythonType.NameOf(value)} object");
        }

        object?[] items = [.. PythonIteration.Of(value, Budget).Take(targets.Items.Length + 1)];
        if (items.Length != targets.Items.Length)
        {
            throw TemplateFailure.Value(items.Length > targets.Items.Length
                ? $"too many values to unpack (expected {targets.Items.Length})"
                : $"not enough values to unpack (expected {targets.Items.Length}, got {items.Length})");
        }

        for (int i = 0; i < items.Length; i++)
        {
            Assign(targets.Items[i], items[i], frame);
        }
    }
}
