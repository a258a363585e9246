using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Formatting;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's binary operators and signs.</summary>
internal static class PythonArithmetic
{
    public static object Apply(BinaryOperator operation, object? left, object? right, Budget budget)
    {
        if (left is long a && right is long b && TrySmall(operation, a, b, out object? small))
        {
            return small;
        }

        if (left is UndefinedValue undefinedLeft && !(operation == BinaryOperator.Modulo && right is string or MarkupValue))
        {
            throw undefinedLeft.Failure();
        }

        if (PythonType.IsNumber(left) && PythonType.IsNumber(right))
        {
            return left is double || right is double
                ? FloatArithmetic.Apply(operation, ToFloat(left), ToFloat(right))
                : IntegerArithmetic.Apply(operation, PythonInteger.Of(left)!.Value, PythonInteger.Of(right)!.Value, budget);
        }

        return operation switch
        {
            BinaryOperator.Add => SequenceArithmetic.Add(left, right, budget),
            BinaryOperator.Multiply => SequenceArithmetic.Multiply(left, right, budget),
            BinaryOperator.Modulo when left is string or MarkupValue => PercentFormat.Apply(left, right, budget),
            _ => throw Unsupported(operation, left, right),
        };
    }

    public static object Sign(bool negates, object? operand)
    {
        switch (operand)
        {
            case long number when number != long.MinValue:
                return negates ? -number : number;
            case double number:
                return negates ? -number : number;
            case bool or BigInteger or long:
                BigInteger integer = PythonInteger.Of(operand)!.Value;
                return PythonInteger.Normalize(negates ? -integer : integer);
            case UndefinedValue undefined:
                throw undefined.Failure();
            default:
                throw TemplateFailure.Type($"bad operand type for unary {(negates ? '-' : '+')}: '{PythonType.NameOf(operand)}'");
        }
    }

    /// <summary>A number as a float; an OverflowError where an integer is too large.</summary>
    public static double ToFloat(object? value)
    {
        double number = value is double d ? d : (double)PythonInteger.Of(value)!.Value;
        return value is BigInteger && !double.IsFinite(number)
            ? throw TemplateFailure.Overflow("int too large to convert to float")
            : number;
    }

    public static TemplateFailure Unsupported(BinaryOperator operation, object? left, object? right) =>
        (left as UndefinedValue ?? right as UndefinedValue)?.Failure()
        ?? TemplateFailure.Type(
            $"unsupported operand type(s) for {Symbol(operation)}: '{PythonType.NameOf(left)}' and '{PythonType.NameOf(right)}'");

    private static bool TrySmall(BinaryOperator operation, long left, long right, [NotNullWhen(true)] out object? result)
    {
        long value = 0;
        bool fits = operation switch
        {
            BinaryOperator.Add => !Overflows((Int128)left + right, out value),
            BinaryOperator.Subtract => !Overflows((Int128)left - right, out value),
            BinaryOperator.Multiply => !Overflows((Int128)left * right, out value),
            BinaryOperator.Modulo when right > 0 => !Overflows((((Int128)left % right) + right) % right, out value),
            _ => false,
        };
        result = fits ? value : null;
        return fits;
    }

    private static bool Overflows(Int128 exact, out long value)
    {
        value = unchecked((long)exact);
        return value != exact;
    }

    private static string Symbol(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.FloorDivide => "//",
        BinaryOperator.Modulo => "%",
        _ => "** or pow()",
    };
}
