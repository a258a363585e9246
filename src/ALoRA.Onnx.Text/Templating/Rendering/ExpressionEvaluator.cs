using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Scoping;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>Gives expressions their values, and targets the values that are assigned to them.</summary>
internal sealed class ExpressionEvaluator
{
    private readonly RenderState _state;

    public ExpressionEvaluator(RenderState state)
    {
        _state = state;
        Calls = new CallEvaluator(state, this);
    }

    /// <summary>What evaluates calls, filters and tests.</summary>
    public CallEvaluator Calls { get; }

    public object? Evaluate(Expression expression)
    {
        _state.Budget.Step();
        switch (expression)
        {
            case NameExpression name:
                return Read(name);
            case ConstantExpression constant:
                return constant.Value;
        }

        StackGuard.Check();
        switch (expression)
        {
            case AttributeExpression attribute:
                return PythonAttribute.Get(Evaluate(attribute.Target), attribute.Name, _state.Budget);
            case ItemExpression item:
                return Item(item);
            case CompareExpression compare:
                return Compare(compare);
            case BinaryExpression binary:
                return PythonArithmetic.Apply(binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right), _state.Budget);
            case FilterExpression filter:
                return Calls.Filter(filter);
            case TestExpression test:
                return Calls.Test(test);
            case CallExpression call:
                return Calls.Call(Evaluate(call.Target), Calls.Evaluate(call.Arguments));
            case AndExpression and:
                object? left = Evaluate(and.Left);
                return PythonTruth.Of(left) ? Evaluate(and.Right) : left;
            case OrExpression or:
                left = Evaluate(or.Left);
                return PythonTruth.Of(left) ? left : Evaluate(or.Right);
            case NotExpression not:
                return !PythonTruth.Of(Evaluate(not.Operand));
            case ConditionalExpression conditional:
                return Conditional(conditional);
            case ConcatExpression concat:
                return Concat(concat);
            case UnaryExpression unary:
                return PythonArithmetic.Sign(unary.Negates, Evaluate(unary.Operand));
            case ListExpression list:
                return new ListValue(EvaluateAll(list.Items));
            case TupleExpression tuple:
                return new TupleValue(EvaluateAll(tuple.Items));
            case DictExpression dict:
                return Dict(dict);
            default:
                throw TemplateFailure.Type("a slice may only stand alone in square brackets");
        }
    }

    public object?[] EvaluateAll(Expression[] expressions)
    {
        object?[] values = expressions.Length == 0 ? [] : new object?[expressions.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(expressions[i]);
        }

        return values;
    }

    public void Assign(Expression target, object? value, Frame frame)
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

    private object? Read(NameExpression name)
    {
        object? value = _state.Frame.Outer(name.Depth).Slots[name.Slot];
        return MissingValue.Is(value) ? UndefinedValue.Name(name.Name) : value;
    }

    private object? Item(ItemExpression item)
    {
        object? target = Evaluate(item.Target);
        return item.Key is SliceExpression slice
            ? PythonSlice.Of(target, Part(slice.Start), Part(slice.Stop), Part(slice.Step), _state.Budget)
            : PythonAttribute.GetItem(target, Evaluate(item.Key), _state.Budget);
    }

    private object? Part(Expression? expression) => expression is null ? null : Evaluate(expression);

    private object? Conditional(ConditionalExpression conditional)
    {
        if (PythonTruth.Of(Evaluate(conditional.Test)))
        {
            return Evaluate(conditional.Then);
        }

        return conditional.Else is null
            ? new UndefinedValue($"the inline if-expression on line {conditional.Line} evaluated to false and no else section was defined.")
            : Evaluate(conditional.Else);
    }

    private bool Compare(CompareExpression compare)
    {
        object? left = Evaluate(compare.First);
        foreach ((CompareOperator comparison, Expression operand) in compare.Rest)
        {
            object? right = Evaluate(operand);
            if (!Holds(comparison, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private bool Holds(CompareOperator comparison, object? left, object? right) => comparison switch
    {
        CompareOperator.Equal => PythonEquality.AreEqual(left, right, _state.Budget),
        CompareOperator.NotEqual => !PythonEquality.AreEqual(left, right, _state.Budget),
        CompareOperator.In => PythonIteration.Contains(right, left, _state.Budget),
        CompareOperator.NotIn => !PythonIteration.Contains(right, left, _state.Budget),
        _ => PythonOrder.Holds(comparison, left, right, _state.Budget),
    };

    private object Concat(ConcatExpression concat)
    {
        object?[] items = EvaluateAll(concat.Items);
        bool isMarkup = _state.Escaping == Escaping.Always
            && Array.Exists(items, item => item is MarkupValue)
            && !Children.IsConstant(concat);
        StringBuilder text = new();
        foreach (object? item in items)
        {
            string printed = isMarkup ? MarkupValue.Escape(item, _state.Budget).Text : TextPrinter.Print(item, _state.Budget);
            TextReplace.Append(text, "", printed, _state.Budget);
        }

        return isMarkup ? new MarkupValue(text.ToString()) : text.ToString();
    }

    private DictValue Dict(DictExpression expression)
    {
        DictValue dict = new(_state.Budget);
        foreach ((Expression key, Expression value) in expression.Items)
        {
            object? evaluated = Evaluate(key);
            dict.Set(evaluated, Evaluate(value));
        }

        return dict;
    }

    private void Unpack(TupleExpression targets, object? value, Frame frame)
    {
        if (!PythonIteration.IsIterable(value))
        {
            throw TemplateFailure.Type($"cannot unpack non-iterable {PythonType.NameOf(value)} object");
        }

        object?[] items = [.. PythonIteration.Of(value, _state.Budget).Take(targets.Items.Length + 1)];
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
