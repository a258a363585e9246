using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Builtins;
using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Rendering;

internal sealed partial class Renderer
{
    private object? Evaluate(Expression expression)
    {
        Budget.Step();
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
                return PythonAttribute.Get(Evaluate(attribute.Target), attribute.Name, Budget);
            case ItemExpression item:
                return Item(item);
            case CompareExpression compare:
                return Compare(compare);
            case BinaryExpression binary:
                return PythonArithmetic.Apply(binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right), this);
            case FilterExpression filter:
                return EvaluateFilter(filter);
            case TestExpression test:
                return Tests.Call(this, test.Name, Evaluate(test.Target), EvaluateArguments(test.Arguments));
            case CallExpression call:
                return Call(Evaluate(call.Target), EvaluateArguments(call.Arguments));
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

    private object? Read(NameExpression name)
    {
        object? value = _frame.Outer(name.Depth).Slots[name.Slot];
        return MissingValue.Is(value) ? UndefinedValue.Name(name.Name) : value;
    }

    private object? Item(ItemExpression item)
    {
        object? target = Evaluate(item.Target);
        return item.Key is SliceExpression slice
            ? PythonSlice.Of(target, Part(slice.Start), Part(slice.Stop), Part(slice.Step), Budget)
            : PythonAttribute.GetItem(target, Evaluate(item.Key), Budget);
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
        CompareOperator.Equal => PythonEquality.AreEqual(left, right, Budget),
        CompareOperator.NotEqual => !PythonEquality.AreEqual(left, right, Budget),
        CompareOperator.In => PythonIteration.Contains(right, left, Budget),
        CompareOperator.NotIn => !PythonIteration.Contains(right, left, Budget),
        _ => PythonOrder.Holds(comparison, left, right, Budget),
    };

    private object Concat(ConcatExpression concat)
    {
        object?[] items = EvaluateAll(concat.Items);
        bool isMarkup = Autoescape && Array.Exists(items, item => item is MarkupValue);
        StringBuilder text = new();
        foreach (object? item in items)
        {
            TextReplace.Append(text, "", isMarkup ? MarkupValue.Escape(item, Budget).Text : TextPrinter.Print(item, Budget), Budget);
        }

        return isMarkup ? new MarkupValue(text.ToString()) : text.ToString();
    }

    private DictValue Dict(DictExpression expression)
    {
        DictValue dict = new(Budget);
        foreach ((Expression key, Expression value) in expression.Items)
        {
            object? evaluated = Evaluate(key);
            dict.Set(evaluated, Evaluate(value));
        }

        return dict;
    }
}
