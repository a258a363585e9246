using System.Numerics;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's ordering: numbers with numbers, text with text, sequences element by element; anything else is a TypeError.</summary>
internal static class PythonOrder
{
    /// <summary>Compares with <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c> or <c>&gt;=</c>.</summary>
    public static bool Holds(CompareOperator comparison, object? left, object? right, Budget budget)
    {
        int? order = Compare(comparison, left, right, budget);
        return comparison switch
        {
            CompareOperator.Less => order < 0,
            CompareOperator.LessOrEqual => order <= 0,
            CompareOperator.Greater => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>The order of two numbers; null where one of them is NaN.</summary>
    public static int? CompareNumbers(object? left, object? right)
    {
        if (left is long a && right is long b)
        {
            return a.CompareTo(b);
        }

        if (left is double || right is double)
        {
            if (left is double x && right is double y)
            {
                return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
            }

            return left is double number
                ? -CompareToFloat(PythonInteger.Of(right)!.Value, number)
                : CompareToFloat(PythonInteger.Of(left)!.Value, (double)right!);
        }

        return PythonInteger.Of(left)!.Value.CompareTo(PythonInteger.Of(right)!.Value);
    }

    private static int? CompareToFloat(BigInteger integer, double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? null : number > 0 ? -1 : 1;
        }

        double whole = Math.Floor(number);
        int order = integer.CompareTo(new BigInteger(whole));
        return order == 0 && number > whole ? -1 : order;
    }

    private static int? Compare(CompareOperator comparison, object? left, object? right, Budget budget)
    {
        if (PythonType.IsNumber(left) && PythonType.IsNumber(right))
        {
            return CompareNumbers(left, right);
        }

        if (PythonText.Of(left) is string leftText && PythonText.Of(right) is string rightText)
        {
            return CodePoints.Compare(leftText, rightText);
        }

        switch (left, right)
        {
            case (UndefinedValue undefined, _):
                throw undefined.Failure();
            case (_, UndefinedValue undefined):
                throw undefined.Failure();
            case (ListValue a, ListValue b):
                return CompareItems(comparison, a.Items, b.Items, budget);
            case (TupleValue a, TupleValue b):
                return CompareItems(comparison, a.Items, b.Items, budget);
            case (BytesValue a, BytesValue b):
                return a.Bytes.AsSpan().SequenceCompareTo(b.Bytes);
            default:
                throw TemplateFailure.Type(
                    $"'{Symbol(comparison)}' not supported between instances of "
                    + $"'{PythonType.NameOf(left)}' and '{PythonType.NameOf(right)}'");
        }
    }

    private static int? CompareItems(CompareOperator comparison, object?[] left, object?[] right, Budget budget)
    {
        StackGuard.Check();
        for (int i = 0; i < left.Length && i < right.Length; i++)
        {
            budget.Step();
            if (!PythonEquality.Same(left[i], right[i], budget))
            {
                return Compare(comparison, left[i], right[i], budget);
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static string Symbol(CompareOperator comparison) => comparison switch
    {
        CompareOperator.Less => "<",
        CompareOperator.LessOrEqual => "<=",
        CompareOperator.Greater => ">",
        _ => ">=",
    };
}
