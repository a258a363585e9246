using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>The direct parts of an expression, in the order in which Jinja visits them.</summary>
internal static class Children
{
    public static void Visit(Expression expression, Action<Expression?> visit)
    {
        switch (expression)
        {
            case TupleExpression tuple:
                Array.ForEach(tuple.Items, visit);
                break;
            case ListExpression list:
                Array.ForEach(list.Items, visit);
                break;
            case ConcatExpression concat:
                Array.ForEach(concat.Items, visit);
                break;
            case DictExpression dict:
                Array.ForEach(dict.Items, item => Both(item.Key, item.Value, visit));
                break;
            case ConditionalExpression conditional:
                visit(conditional.Test);
                Both(conditional.Then, conditional.Else, visit);
                break;
            case OrExpression or:
                Both(or.Left, or.Right, visit);
                break;
            case AndExpression and:
                Both(and.Left, and.Right, visit);
                break;
            case NotExpression not:
                visit(not.Operand);
                break;
            case UnaryExpression unary:
                visit(unary.Operand);
                break;
            case CompareExpression compare:
                visit(compare.First);
                Array.ForEach(compare.Rest, rest => visit(rest.Operand));
                break;
            case BinaryExpression binary:
                Both(binary.Left, binary.Right, visit);
                break;
            case AttributeExpression attribute:
                visit(attribute.Target);
                break;
            case ItemExpression item:
                Both(item.Target, item.Key, visit);
                break;
            case SliceExpression slice:
                Both(slice.Start, slice.Stop, visit);
                visit(slice.Step);
                break;
            case CallExpression call:
                visit(call.Target);
                Arguments(call.Arguments, visit);
                break;
            case FilterExpression filter:
                visit(filter.Target);
                Arguments(filter.Arguments, visit);
                break;
            case TestExpression test:
                visit(test.Target);
                Arguments(test.Arguments, visit);
                break;
        }
    }

    /// <summary>Whether an expression reads no variable and calls nothing, so that Jinja computes it once.</summary>
    public static bool IsConstant(Expression expression)
    {
        bool isConstant = expression is not (NameExpression or CallExpression);
        Visit(expression, part => isConstant = isConstant && (part is null || IsConstant(part)));
        return isConstant;
    }

    private static void Both(Expression? first, Expression? second, Action<Expression?> visit)
    {
        visit(first);
        visit(second);
    }

    private static void Arguments(CallArguments arguments, Action<Expression?> visit)
    {
        Array.ForEach(arguments.Positional, visit);
        Array.ForEach(arguments.Named, named => visit(named.Value));
        Both(arguments.MorePositional, arguments.MoreNamed, visit);
    }
}
